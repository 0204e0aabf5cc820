/* ---
id: ZT57
name_zh: 知识产权专题库
name_en: Intellectual property
domain: 知产
description: >-
  Patents, trade marks and other rights, with whether they stand on the day.
grain: right
keys: [src_system, src_pk]
sensitivity: L1
freshness_days: 1
sources: [S-IP]
inputs: [ent_ip]
record: i
spine: ent_ip
columns:
  ent_id: {type: BIGINT, name_zh: 主体编号}
  reg_no: {type: VARCHAR, name_zh: 权利编号, level: L1}
  kind: {type: VARCHAR, name_zh: 权利类型, level: L1, codes: ip_kind}
  grant_date: {type: DATE, name_zh: 授权日期, level: L1}
  end_date: {type: DATE, name_zh: 终止日期, level: L1}
  in_force: {type: SMALLINT, name_zh: 当日是否有效, level: L1}
checks:
  - {id: term, rule: "end_date is null or grant_date <= end_date", action: flag, reason: 终止早于授权}
--- */
select i.ent_id, i.ip_no as reg_no, i.ip_kind as kind, i.grant_date, i.end_date,
       cast(case when coalesce(i.end_date, date '9999-12-31') > :as_of then 1 else 0 end as smallint) as in_force
from ent_ip i
