/* ---
id: ZT15
name_zh: 严重违法失信专题库
name_en: Serious list
domain: 信用
description: >-
  Listings in the lists of serious violation and dishonesty, the regulator's own and those of other departments.
grain: listing
keys: [src_system, src_pk]
sensitivity: L1
freshness_days: 1
sources: [S-GSXT, S-CREDIT]
inputs: [ent_serious]
record: s
spine: ent_serious
columns:
  ent_id: {type: BIGINT, name_zh: 主体编号}
  list_code: {type: VARCHAR, name_zh: 名单代码, level: L1}
  list_name: {type: VARCHAR, name_zh: 列入情形, level: L1}
  in_date: {type: DATE, name_zh: 列入日期, level: L1}
  out_date: {type: DATE, name_zh: 移出日期, level: L1}
  is_current: {type: SMALLINT, name_zh: 当日是否在列, level: L1}
  link_basis: {type: VARCHAR, name_zh: 关联依据, description: "only deterministic ones fire the rating's overrides"}
checks:
  - {id: out_after_in, rule: "out_date is null or in_date is null or in_date <= out_date", action: flag, reason: 止期早于起期}
  - {id: firm_known, rule: "ent_id is not null", action: flag, reason: 未关联到主体}
--- */
select s.ent_id, s.list_code, s.list_name, s.in_date, s.out_date,
       cast(case when coalesce(s.out_date, date '9999-12-31') > :as_of then 1 else 0 end as smallint) as is_current, s.link_basis
from ent_serious s
