/* ---
id: ZT52
name_zh: 药店温湿度与处方专题库
name_en: Pharmacy operation
domain: 药品
description: >-
  Readings of the sensors in pharmacies and their sales on prescription, in one line of time.
grain: store x reading or sale
keys: [op_id]
sensitivity: L4
freshness_days: 1
sources: [S-PHARM]
inputs: [rx_record, temp_point, temp_reading]
record: e
spine: temp_reading
columns:
  op_id: {type: VARCHAR, name_zh: 记录编号}
  store_id: {type: VARCHAR, name_zh: 门店编号, level: L1}
  ent_id: {type: BIGINT, name_zh: 主体编号}
  ts: {type: TIMESTAMP, name_zh: 时间, level: L1}
  kind: {type: VARCHAR, name_zh: 记录类型, level: L1, description: "TEMPERATURE or PRESCRIPTION"}
  point_id: {type: VARCHAR, name_zh: 监测点编号, level: L1}
  temp: {type: "DECIMAL(9,2)", name_zh: 温度(℃), level: L1}
  rh: {type: "DECIMAL(9,2)", name_zh: 相对湿度(%), level: L1}
  out_of_range: {type: SMALLINT, name_zh: 是否超限, level: L1}
  rx_no: {type: VARCHAR, name_zh: 处方号, level: L2}
  auditor: {type: VARCHAR, name_zh: 审方药师标识, level: L4}
  is_controlled: {type: SMALLINT, name_zh: 是否含管制成分, level: L1}
checks:
  - {id: store_known, rule: "store_id is not null", action: flag, reason: 监测点未登记门店}
--- */
with pt as (
  select point_id, store_id, ent_id, low, high from temp_point
  qualify row_number() over (partition by point_id order by installed_date desc, known_from desc, source, source_key) = 1),
e as (
  select concat('T|', r.source, '|', r.source_key) as op_id, pt.store_id, pt.ent_id, r.ts, 'TEMPERATURE' as kind, r.point_id, r.temp, r.humidity as rh,
         cast(case when r.temp < pt.low or r.temp > pt.high then 1 when r.temp is not null and pt.low is not null then 0 end as smallint) as out_of_range,
         cast(null as varchar) as rx_no, cast(null as varchar) as auditor, cast(null as smallint) as is_controlled, r.event_date, r.source, r.source_key, r.known_basis, r.known_from, r.batch_id, r.row_hash, r.quality_flag
  from temp_reading r left join pt on pt.point_id = r.point_id
  union all select concat('R|', source, '|', source_key), store_id, ent_id, sale_time, 'PRESCRIPTION', cast(null as varchar), cast(null as decimal(9, 2)), cast(null as decimal(9, 2)),
         cast(null as smallint), rx_no, auditor_token, is_controlled, event_date, source, source_key, known_basis, known_from, batch_id, row_hash, quality_flag from rx_record)
select e.op_id, e.store_id, e.ent_id, e.ts, e.kind, e.point_id, e.temp, e.rh, e.out_of_range, e.rx_no, e.auditor, e.is_controlled from e
