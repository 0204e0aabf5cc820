/* ---
id: ZT14
name_zh: 经营异常名录专题库
name_en: Abnormal list
domain: 信用
description: >-
  Listings in the abnormal-operation list, with reason, authority and removal.
grain: listing
keys: [src_system, src_pk]
sensitivity: L1
freshness_days: 1
sources: [S-GSXT]
inputs: [ent_abnormal]
record: a
spine: ent_abnormal
columns:
  ent_id: {type: BIGINT, name_zh: 主体编号}
  reason_code: {type: VARCHAR, name_zh: 列入事由, level: L1, codes: abnormal_reason}
  in_date: {type: DATE, name_zh: 列入日期, level: L1}
  out_date: {type: DATE, name_zh: 移出日期, level: L1}
  out_kind: {type: VARCHAR, name_zh: 移出方式, level: L1}
  org: {type: VARCHAR, name_zh: 决定机关, level: L1}
  is_current: {type: SMALLINT, name_zh: 当日是否在列, level: L1}
  listed_days: {type: BIGINT, name_zh: 在列天数, level: L1}
checks:
  - {id: out_after_in, rule: "out_date is null or in_date is null or in_date <= out_date", action: flag, reason: 止期早于起期}
  - {id: reason, rule: "reason_code is not null", action: flag, reason: 事由缺失}
  - {id: firm_known, rule: "ent_id is not null", action: flag, reason: 未关联到主体}
--- */
select a.ent_id, a.reason_code, a.in_date, a.out_date, a.out_kind, a.dec_org as org,
       cast(case when coalesce(a.out_date, date '9999-12-31') > :as_of then 1 else 0 end as smallint) as is_current,
       date_diff('day', a.in_date, least(coalesce(a.out_date, cast(:as_of as date)), cast(:as_of as date))) as listed_days
from ent_abnormal a
