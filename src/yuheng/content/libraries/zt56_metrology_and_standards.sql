/* ---
id: ZT56
name_zh: 计量标准专题库
name_en: Metrology and standards
domain: 质量
description: >-
  Measuring instruments with their newest verification, and the standards firms declared.
grain: instrument or standard
keys: [kind, item_id]
sensitivity: L1
freshness_days: 1
sources: [S-METRO, S-STD]
inputs: [ent_standard, instrument_verify]
record: e
spine: instrument_verify
columns:
  item_id: {type: VARCHAR, name_zh: 器具或标准序号}
  kind: {type: VARCHAR, name_zh: 类型, level: L1, description: "INSTRUMENT or STANDARD"}
  ent_id: {type: BIGINT, name_zh: 主体编号}
  class: {type: VARCHAR, name_zh: 器具类别或产品, level: L1}
  title: {type: VARCHAR, name_zh: 名称, level: L1}
  event_day: {type: DATE, name_zh: 检定或声明日期, level: L1}
  verify_due: {type: DATE, name_zh: 检定有效期至, level: L1}
  result: {type: VARCHAR, name_zh: 检定结论, level: L1, codes: verify_result}
  is_overdue: {type: SMALLINT, name_zh: 是否超期未检, level: L1}
checks:
  - {id: firm_known, rule: "ent_id is not null", action: flag, reason: 未关联到主体}
--- */
with v as (
  select * from instrument_verify where verify_date <= :as_of
  qualify row_number() over (partition by ent_id, instrument_no order by verify_date desc, known_from desc, source, source_key) = 1),
e as (
  select concat(source, '|', source_key) as item_id, 'INSTRUMENT' as kind, ent_id, instrument_kind as class, instrument_no as title, verify_date as event_day,
         due_date as verify_due, result, cast(case when due_date < :as_of then 1 else 0 end as smallint) as is_overdue, event_date, source, source_key, known_basis, known_from, batch_id, row_hash, quality_flag from v
  union all select concat(source, '|', source_key), 'STANDARD', ent_id, product, concat(standard_no, ' ', title), declared_date, cast(null as date), cast(null as varchar),
         cast(null as smallint), event_date, source, source_key, known_basis, known_from, batch_id, row_hash, quality_flag from ent_standard)
select e.item_id, e.kind, e.ent_id, e.class, e.title, e.event_day, e.verify_due, e.result, e.is_overdue from e
