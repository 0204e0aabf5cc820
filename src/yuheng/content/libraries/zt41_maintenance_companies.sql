/* ---
id: ZT41
name_zh: 维保单位专题库
name_en: Maintenance companies
domain: 特设
description: >-
  Elevator maintenance companies: lifts under contract, certified workers, how many upkeeps came on time in 90
  days, entrapments of a year per 100 lifts. The grade is made by the thematic models; NULL until then.
grain: company x month
keys: [maint_uscc]
sensitivity: L1
freshness_days: 31
sources: [S-EQUIP, S-96333, S-MAINT, S-WORKER]
inputs: [elevator, ent_base, maint_record, maint_unit, rescue_event, worker_cert]
record: m
spine: maint_unit
columns:
  maint_uscc: {type: VARCHAR, name_zh: 维保单位统一社会信用代码, level: L1}
  month_date: {type: DATE, name_zh: 月份}
  ent_id: {type: BIGINT, name_zh: 主体编号}
  maint_unit: {type: VARCHAR, name_zh: 维保单位, level: L1}
  lic_no: {type: VARCHAR, name_zh: 许可证编号, level: L1}
  lic_valid_to: {type: DATE, name_zh: 许可有效期至, level: L1}
  lifts: {type: BIGINT, name_zh: 在用电梯数, level: L1}
  workers: {type: BIGINT, name_zh: 持证人员数, level: L1}
  upkeep_90d: {type: BIGINT, name_zh: 近90日维保次数, level: L1}
  on_time_rate: {type: DOUBLE, name_zh: 按期率, level: L1}
  on_site_rate: {type: DOUBLE, name_zh: 现场签到率, level: L1, description: "signed in within 500 m of the lift, of those with a position"}
  trap_rate: {type: DOUBLE, name_zh: 百梯困人次数, level: L1}
  grade: {type: VARCHAR, name_zh: 评价等级, level: L2}
  region_code: {type: VARCHAR, name_zh: 行政区划, level: L1}
checks:
  - {id: licence, rule: "lic_valid_to is null or lic_valid_to >= valid_from", action: flag, reason: 许可有效期早于备案}
--- */
with m as (
  select * from maint_unit where maint_uscc is not null
  qualify row_number() over (partition by maint_uscc order by filed_date desc, known_from desc, source, source_key) = 1),
l as (select maint_uscc, count(*) as n from elevator where state = 'IN_USE' and maint_uscc is not null group by maint_uscc),
w as (
  select employer_uscc, count(distinct cert_token) as n from worker_cert
  where state = 'VALID' and coalesce(valid_to, date '9999-12-31') >= :as_of and employer_uscc is not null group by employer_uscc),
r as (
  select maint_uscc, count(*) as n, sum(case when sign_date <= plan_date then 1 else 0 end) as on_time, sum(case when plan_date is not null then 1 else 0 end) as planned,
         sum(case when distance_m <= 500 then 1 else 0 end) as on_site, sum(case when distance_m is not null then 1 else 0 end) as placed
  from maint_record where maint_uscc is not null and sign_date > cast(:as_of - interval 90 day as date) group by maint_uscc),
t as (select maint_uscc, count(*) as n from rescue_event where maint_uscc is not null and call_date > cast(:as_of - interval 365 day as date) group by maint_uscc)
select m.maint_uscc, cast(:as_of as date) as month_date, m.ent_id, m.maint_unit, m.lic_no, m.lic_valid_to, coalesce(l.n, 0) as lifts, coalesce(w.n, 0) as workers,
       coalesce(r.n, 0) as upkeep_90d, cast(r.on_time as double) / nullif(r.planned, 0) as on_time_rate, cast(r.on_site as double) / nullif(r.placed, 0) as on_site_rate,
       100e0 * coalesce(t.n, 0) / nullif(l.n, 0) as trap_rate, cast(null as varchar) as grade, b.region_code
from m left join l on l.maint_uscc = m.maint_uscc left join w on w.employer_uscc = m.maint_uscc left join r on r.maint_uscc = m.maint_uscc
left join t on t.maint_uscc = m.maint_uscc left join ent_base b on b.ent_id = m.ent_id
