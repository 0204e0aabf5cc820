/* ---
id: ZT22
name_zh: 司法协助专题库
name_en: Judicial assistance
domain: 信用
description: >-
  Frozen equity: whose, how much, from when to when, and whether it is frozen on the day.
grain: freeze
keys: [src_system, src_pk]
sensitivity: L3
freshness_days: 1
sources: [S-GSXT, S-COURT]
inputs: [judicial_freeze]
record: f
spine: judicial_freeze
columns:
  ent_id: {type: BIGINT, name_zh: 主体编号}
  doc_no: {type: VARCHAR, name_zh: 冻结编号, level: L1}
  inv: {type: VARCHAR, name_zh: 被执行人, level: L4}
  amount_wan: {type: "DECIMAL(18,6)", name_zh: 冻结数额(万元), level: L1}
  froz_from: {type: DATE, name_zh: 冻结自, level: L1}
  froz_to: {type: DATE, name_zh: 冻结至, level: L1}
  end_date: {type: DATE, name_zh: 解除或失效日期, level: L1}
  state: {type: VARCHAR, name_zh: 状态, level: L1, description: "FROZEN, LAPSED (its term is over) or LIFTED on the day"}
checks:
  - {id: term, rule: "froz_to is null or froz_from <= froz_to", action: flag, reason: 冻结期限颠倒}
--- */
select f.ent_id, f.freeze_no as doc_no, f.inv_name as inv, f.amount_wan, f.froz_from, f.froz_to, f.end_date,
       case when f.end_date <= :as_of then 'LIFTED' when f.froz_to < :as_of then 'LAPSED' else 'FROZEN' end as state
from judicial_freeze f
