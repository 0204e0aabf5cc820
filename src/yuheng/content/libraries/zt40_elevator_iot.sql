/* ---
id: ZT40
name_zh: 电梯物联网专题库
name_en: Elevator IoT
domain: 特设
description: >-
  What the sensors of elevators sent: faults as they came, and the hourly aggregates by channel. The stream by
  the minute joins it when telemetry is watched.
grain: device x time x channel
keys: [dev_id, ts, channel, fault_code]
sensitivity: L2
freshness_days: 1
sources: [S-IOT]
inputs: [iot_event, iot_hour_agg]
record: e
spine: iot_hour_agg
columns:
  dev_id: {type: VARCHAR, name_zh: 终端编号, level: L1}
  reg_code: {type: VARCHAR, name_zh: 设备代码, level: L1}
  ts: {type: TIMESTAMP, name_zh: 时间, level: L2}
  channel: {type: VARCHAR, name_zh: 通道, level: L1, description: "FAULT, TRIPS, VIBRATION, TEMPERATURE, OFFLINE"}
  value: {type: DOUBLE, name_zh: 数值, level: L1}
  fault_code: {type: VARCHAR, name_zh: 事件代码, level: L1}
checks:
  - {id: lift_known, rule: "reg_code is not null", action: flag, reason: 终端未绑定电梯}
--- */
with e as (
  select dev_id, reg_code, ts, 'FAULT' as channel, cast(fault_grade as double) as value, fault_code, event_date, source, source_key, known_basis, known_from, batch_id, row_hash, quality_flag from iot_event
  union all select dev_id, reg_code, hour_ts, 'TRIPS', cast(trips as double), '', event_date, source, source_key, known_basis, known_from, batch_id, row_hash, quality_flag from iot_hour_agg
  union all select dev_id, reg_code, hour_ts, 'VIBRATION', cast(vib_rms as double), '', event_date, source, source_key, known_basis, known_from, batch_id, row_hash, quality_flag from iot_hour_agg
  union all select dev_id, reg_code, hour_ts, 'TEMPERATURE', cast(temp_max as double), '', event_date, source, source_key, known_basis, known_from, batch_id, row_hash, quality_flag from iot_hour_agg
  union all select dev_id, reg_code, hour_ts, 'OFFLINE', cast(offline_s as double), '', event_date, source, source_key, known_basis, known_from, batch_id, row_hash, quality_flag from iot_hour_agg)
select e.dev_id, e.reg_code, e.ts, e.channel, e.value, e.fault_code from e
