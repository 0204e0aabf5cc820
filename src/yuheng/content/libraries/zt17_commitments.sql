/* ---
id: ZT17
name_zh: 信用承诺专题库
name_en: Commitments
domain: 信用
description: >-
  Credit commitments: their kind, when they were made, whether and when they were broken.
grain: commitment
keys: [src_system, src_pk]
sensitivity: L1
freshness_days: 1
sources: [S-LIC]
inputs: [credit_commitment]
record: c
spine: credit_commitment
columns:
  ent_id: {type: BIGINT, name_zh: 主体编号}
  matter: {type: VARCHAR, name_zh: 承诺类型, level: L1, codes: commitment_kind}
  made_date: {type: DATE, name_zh: 承诺日期, level: L1}
  breached: {type: SMALLINT, name_zh: 是否违背, level: L1}
  breach_date: {type: DATE, name_zh: 违背日期, level: L1}
checks:
  - {id: breach_after, rule: "breach_date is null or breach_date >= made_date", action: flag, reason: 违背早于承诺}
  - {id: breach_dated, rule: "coalesce(breached, 0) = 0 or breach_date is not null", action: flag, reason: 违背无日期}
--- */
select c.ent_id, c.kind as matter, c.made_date, c.breached, c.breach_date from credit_commitment c
