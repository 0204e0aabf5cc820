/* ---
id: ZT54
name_zh: 缺陷召回与质量安全事故专题库
name_en: Recalls and quality accidents
domain: 质量
description: >-
  Recalls of defective products and accidents of quality and safety. Product and quantity are not delivered by
  the sources; the level says how great the harm was.
grain: event
keys: [src_system, src_pk]
sensitivity: L2
freshness_days: 1
sources: [S-QUAL, S-EQUIP]
inputs: [quality_event]
record: q
spine: quality_event
columns:
  ent_id: {type: BIGINT, name_zh: 主体编号}
  event_no: {type: VARCHAR, name_zh: 事件编号, level: L1}
  kind: {type: VARCHAR, name_zh: 事件类型, level: L1, codes: quality_event_kind}
  happened_date: {type: DATE, name_zh: 发生日期, level: L1}
  level: {type: INTEGER, name_zh: 等级, level: L1}
  is_responsible: {type: SMALLINT, name_zh: 是否责任方, level: L1}
  link_basis: {type: VARCHAR, name_zh: 关联依据}
--- */
select q.ent_id, q.event_no, q.kind, q.happened_date, q.level, q.is_responsible, q.link_basis from quality_event q
