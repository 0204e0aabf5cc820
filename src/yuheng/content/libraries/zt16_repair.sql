/* ---
id: ZT16
name_zh: 信用修复专题库
name_en: Repair
domain: 信用
description: >-
  Applications to repair credit: for what, when accepted, when and how decided.
grain: application
keys: [src_system, src_pk]
sensitivity: L1
freshness_days: 1
sources: [S-GSXT]
inputs: [ent_repair]
record: r
spine: ent_repair
columns:
  apply_id: {type: VARCHAR, name_zh: 申请编号, level: L1}
  ent_id: {type: BIGINT, name_zh: 主体编号}
  object_kind: {type: VARCHAR, name_zh: 修复对象, level: L1, codes: repair_object}
  object_key: {type: VARCHAR, name_zh: 对象编号, level: L1}
  accept_date: {type: DATE, name_zh: 受理日期, level: L1}
  decide_date: {type: DATE, name_zh: 决定日期, level: L1}
  result: {type: VARCHAR, name_zh: 决定, level: L1, codes: repair_result}
  days: {type: BIGINT, name_zh: 办理天数, level: L1}
checks:
  - {id: dates, rule: "decide_date is null or accept_date <= decide_date", action: flag, reason: 决定早于受理}
--- */
select r.apply_no as apply_id, r.ent_id, r.object_kind, r.object_key, r.accept_date, r.decide_date, r.result,
       date_diff('day', r.accept_date, r.decide_date) as days
from ent_repair r
