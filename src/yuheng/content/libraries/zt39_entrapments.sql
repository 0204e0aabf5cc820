/* ---
id: ZT39
name_zh: 电梯困人救援专题库
name_en: Entrapments
domain: 特设
description: >-
  Entrapments reported to 96333 with the minutes to each step and the cause.
grain: event
keys: [src_system, src_pk]
sensitivity: L2
freshness_days: 1
sources: [S-96333]
inputs: [rescue_event]
record: r
spine: rescue_event
columns:
  event_no: {type: VARCHAR, name_zh: 事件编号, level: L1}
  reg_code: {type: VARCHAR, name_zh: 设备代码, level: L1}
  rescue_code: {type: VARCHAR, name_zh: 96333识别码, level: L1}
  ent_id: {type: BIGINT, name_zh: 使用单位主体编号}
  maint_uscc: {type: VARCHAR, name_zh: 维保单位统一社会信用代码, level: L1}
  call_time: {type: TIMESTAMP, name_zh: 呼叫时间, level: L2}
  channel: {type: VARCHAR, name_zh: 呼叫渠道, level: L1, codes: rescue_channel}
  level: {type: VARCHAR, name_zh: 救援级别, level: L1, codes: rescue_level}
  trapped: {type: INTEGER, name_zh: 被困人数, level: L1}
  injured: {type: INTEGER, name_zh: 受伤人数, level: L2}
  dispatch_min: {type: BIGINT, name_zh: 派单分钟, level: L1}
  arrive_min: {type: BIGINT, name_zh: 到达分钟, level: L1}
  release_min: {type: BIGINT, name_zh: 解救分钟, level: L1}
  cause_group: {type: VARCHAR, name_zh: 原因大类, level: L1}
  cause: {type: VARCHAR, name_zh: 原因, level: L1, codes: rescue_cause}
  self_released: {type: SMALLINT, name_zh: 是否自行脱困, level: L1}
  is_stopped: {type: SMALLINT, name_zh: 是否停梯, level: L1}
checks:
  - {id: lift_known, rule: "reg_code is not null", action: flag, reason: 无法对应到电梯}
  - {id: arrive, rule: "arrive_min is null or arrive_min >= 0", action: flag, reason: 到达早于呼叫}
--- */
select r.event_no, r.reg_code, r.rescue_code, r.ent_id, r.maint_uscc, r.call_time, r.channel, r.level, r.trapped, r.injured,
       date_diff('minute', r.call_time, r.dispatch_time) as dispatch_min, date_diff('minute', r.call_time, r.arrive_time) as arrive_min,
       date_diff('minute', r.call_time, r.release_time) as release_min, r.cause_group, r.cause, r.self_released, r.is_stopped
from rescue_event r
