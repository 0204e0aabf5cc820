/* ---
name: ent_tier
name_zh: 类型与行业风险档
description: >-
  Risk tier 0-4 of each market-entity type (kind TYPE) and each industry division of GB/T 4754 (kind INDUSTRY): penalties, failed samples
  and accepted complaints of the 36 months up to the last full year end before D, per 1,000 firm-years, shrunk to the overall rate with a
  prior of 50 firm-years; the tier is the ratio to the overall rate, cut at 0.5, 0.9, 1.5 and 2.5. Events after that year end never
  count; corrections of earlier ones do, so a later addition to a record does not unmake it.
grain: market-entity type or industry division
keys: [kind, code]
inputs: [ent_registration, ent_penalty, food_sampling, product_spotcheck, case_12315]
snapshot: true
columns:
  kind: {type: VARCHAR, name_zh: 分类方式}
  code: {type: VARCHAR, name_zh: 类型或行业代码}
  year_end: {type: DATE, name_zh: 年末}
  firms: {type: BIGINT, name_zh: 户数}
  events: {type: BIGINT, name_zh: 事件数}
  rate_per_1000: {type: DOUBLE, name_zh: 每千户年事件数}
  ratio: {type: DOUBLE, name_zh: 相对总体倍数}
  tier: {type: SMALLINT, name_zh: 风险档}
--- */
with y as (select make_date(year(:as_of) - 1, 12, 31) as d),
firm as (
  select r.ent_id, min(r.ent_type) as ent_type, min(r.industry_div) as industry_div, min(r.est_date) as est_date,
         max(coalesce(r.exit_date, date '9999-12-31')) as exit_date
  from ent_registration r where r.ent_id is not null group by r.ent_id),
exposed as (
  select f.ent_id, f.ent_type, f.industry_div,
         greatest(date_diff('day', greatest(f.est_date, cast(y.d - interval 1095 day as date)), least(f.exit_date, y.d)), 0) as days
  from firm f cross join y where f.est_date <= y.d and f.exit_date > cast(y.d - interval 1095 day as date)),
ev as (
  select t.ent_id, count(*) as n from (
    select ent_id, decide_date as d from ent_penalty
    union all select ent_id, report_date from food_sampling where result = 'FAIL' and is_responsible = 1
    union all select ent_id, report_date from product_spotcheck where result = 'FAIL' and is_responsible = 1
    union all select ent_id, accept_date from case_12315 where case_type = 'COMPLAINT' and is_duplicate = 0) t
  cross join y
  where t.ent_id is not null and t.d <= y.d and t.d > cast(y.d - interval 1095 day as date)
  group by t.ent_id),
-- firms are grouped once; both classifications add up the few pairs that occur
pair as (
  select e.ent_type, e.industry_div, count(*) as firms, cast(sum(e.days) as bigint) as days, cast(sum(coalesce(ev.n, 0)) as bigint) as events
  from exposed e left join ev on ev.ent_id = e.ent_id group by e.ent_type, e.industry_div),
cell as (
  select 'TYPE' as kind, ent_type as code, cast(sum(firms) as bigint) as firms, cast(sum(days) as bigint) as days,
         cast(sum(events) as bigint) as events
  from pair where ent_type is not null group by ent_type
  union all
  select 'INDUSTRY', industry_div, cast(sum(firms) as bigint), cast(sum(days) as bigint), cast(sum(events) as bigint)
  from pair where industry_div is not null group by industry_div),
total as (select kind, cast(sum(events) as double) / nullif(cast(sum(days) as double) / 365, 0) as rate from cell group by kind),
rated as (
  select c.kind, c.code, c.firms, c.events, t.rate, cast(c.events + 50 * t.rate as double) / nullif(cast(c.days as double) / 365 + 50, 0) as cell_rate
  from cell c join total t on t.kind = c.kind),
scaled as (select kind, code, firms, events, cell_rate, cast(cell_rate as double) / nullif(rate, 0) as ratio from rated)
select s.kind, s.code, y.d as year_end, s.firms, s.events, round9(s.cell_rate * 1000) as rate_per_1000, round9(s.ratio) as ratio,
       cast(case when s.ratio is null then null when s.ratio <= 0.5 then 0 when s.ratio <= 0.9 then 1 when s.ratio <= 1.5 then 2
                 when s.ratio <= 2.5 then 3 else 4 end as smallint) as tier
from scaled s cross join y
