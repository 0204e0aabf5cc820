/* ---
id: ZT23
name_zh: 失信被执行人专题库
name_en: Dishonest executees
domain: 信用
description: >-
  Entries of the courts' list of dishonest executees that are about firms.
grain: entry
keys: [src_system, src_pk]
sensitivity: L1
freshness_days: 1
sources: [S-COURT]
inputs: [judicial_dishonest]
record: j
spine: judicial_dishonest
columns:
  ent_id: {type: BIGINT, name_zh: 主体编号}
  case_no: {type: VARCHAR, name_zh: 案号, level: L1}
  court: {type: VARCHAR, name_zh: 法院, level: L1}
  publish_date: {type: DATE, name_zh: 发布日期, level: L1}
  exit_date: {type: DATE, name_zh: 退出日期, level: L1}
  is_current: {type: SMALLINT, name_zh: 当日是否在列, level: L1}
  link_basis: {type: VARCHAR, name_zh: 关联依据}
checks:
  - {id: firm_known, rule: "ent_id is not null", action: flag, reason: 未关联到主体}
--- */
select j.ent_id, j.case_no, j.court, j.publish_date, j.exit_date,
       cast(case when coalesce(j.exit_date, date '9999-12-31') > :as_of then 1 else 0 end as smallint) as is_current, j.link_basis
from judicial_dishonest j
