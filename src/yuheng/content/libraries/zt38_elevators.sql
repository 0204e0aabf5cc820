/* ---
id: ZT38
name_zh: 电梯数据分析专题库
name_en: Elevators
domain: 特设
description: >-
  Elevators with units, make and age, and what inspection, maintenance, rescue and the sensors told up to the
  day. The score is made by the thematic models; NULL until then.
grain: elevator
keys: [reg_code]
sensitivity: L1
freshness_days: 1
sources: [S-EQUIP, S-96333, S-INSP, S-MAINT, S-IOT]
inputs: [elevator, iot_event, maint_record, rescue_event, zt37]
record: e
spine: elevator
columns:
  reg_code: {type: VARCHAR, name_zh: 设备代码, level: L1}
  rescue_code: {type: VARCHAR, name_zh: 96333识别码, level: L1}
  ent_id: {type: BIGINT, name_zh: 使用单位主体编号}
  use_unit: {type: VARCHAR, name_zh: 使用单位, level: L1}
  use_unit_uscc: {type: VARCHAR, name_zh: 使用单位统一社会信用代码, level: L1}
  maint_unit: {type: VARCHAR, name_zh: 维保单位, level: L1}
  maint_uscc: {type: VARCHAR, name_zh: 维保单位统一社会信用代码, level: L1}
  maker: {type: VARCHAR, name_zh: 制造单位, level: L1}
  brand: {type: VARCHAR, name_zh: 品牌, level: L1}
  lift_kind: {type: VARCHAR, name_zh: 电梯品种, level: L1, codes: lift_kind}
  place: {type: VARCHAR, name_zh: 使用场所, level: L1, codes: lift_place}
  state: {type: VARCHAR, name_zh: 设备状态, level: L1, codes: equipment_state}
  use_date: {type: DATE, name_zh: 使用登记日期, level: L1}
  age_years: {type: DOUBLE, name_zh: 使用年限, level: L1}
  floors: {type: INTEGER, name_zh: 层数, level: L1}
  last_conclusion: {type: VARCHAR, name_zh: 最近检验结论, level: L1, codes: report_conclusion}
  next_inspect: {type: DATE, name_zh: 下次检验日期, level: L1}
  last_upkeep_date: {type: DATE, name_zh: 最近维保日期, level: L1}
  trapped_1y: {type: BIGINT, name_zh: 近一年困人次数, level: L1}
  fault_30d: {type: BIGINT, name_zh: 近30日物联网故障次数, level: L1}
  has_iot: {type: SMALLINT, name_zh: 是否装有物联网, level: L1}
  score: {type: DOUBLE, name_zh: 安全评分, level: L2}
  region_code: {type: VARCHAR, name_zh: 所在区划, level: L1}
checks:
  - {id: unit_known, rule: "ent_id is not null", action: flag, reason: 使用单位未关联到主体}
  - {id: registered, rule: "region_code is not null", action: flag, reason: 无对应的设备使用登记}
--- */
with u as (select reg_code, max(sign_date) as last_upkeep_date from maint_record group by reg_code),
t as (select reg_code, count(*) as n from rescue_event where call_date > cast(:as_of - interval 365 day as date) group by reg_code),
f as (select reg_code, count(*) as n from iot_event where event_day > cast(:as_of - interval 30 day as date) group by reg_code),
q as (select reg_code, last_conclusion, next_inspect, region_code from zt37)
select e.reg_code, e.rescue_code, e.ent_id, e.use_unit, e.use_unit_uscc, e.maint_unit, e.maint_uscc, e.maker, e.brand, e.lift_kind, e.place, e.state, e.use_date,
       date_diff('day', e.use_date, cast(:as_of as date)) / 365.25e0 as age_years, e.floors, q.last_conclusion, q.next_inspect, u.last_upkeep_date,
       coalesce(t.n, 0) as trapped_1y, case when e.has_iot = 1 then coalesce(f.n, 0) end as fault_30d, e.has_iot, cast(null as double) as score, q.region_code
from elevator e left join q on q.reg_code = e.reg_code left join u on u.reg_code = e.reg_code left join t on t.reg_code = e.reg_code
left join f on f.reg_code = e.reg_code
