/* ---
name: annual_report_duty
name_zh: 年报义务
description: >-
  The last three duties of each firm to report that fell due before D, from the dated calendar with its extensions, whether or not any
  report exists. Founded in year Y: the first duty is report year Y, due in Y+1. A duty due on D is not yet missed.
grain: firm x report year
keys: [ent_id, report_year]
inputs: [ent_base, ent_annual_report]
codes: [report_calendar]
columns:
  ent_id: {type: BIGINT, name_zh: 主体编号}
  report_year: {type: INTEGER, name_zh: 年报年度}
  due_date: {type: DATE, name_zh: 截止日}
  reported_at: {type: DATE, name_zh: 首次报送日}
  all_zero: {type: SMALLINT, name_zh: 财务全零}
  revise_cnt: {type: INTEGER, name_zh: 修改次数}
  duty_rank: {type: INTEGER, name_zh: 义务序次}
--- */
with cal as (
  select g.region_code, c.report_year, max(c.due_date) as due_date
  from (select distinct region_code from ent_base where region_code is not null) g
  join report_calendar c on g.region_code like concat(c.region_prefix, '%')
  group by g.region_code, c.report_year),
near as (
  select region_code, report_year, due_date, row_number() over (partition by region_code order by report_year desc) as region_rank
  from cal where due_date < :as_of),
-- without an exit a firm's newest duties are its region's newest years, down to the year it was founded
due as (
  select b.ent_id, n.report_year, n.due_date, n.region_rank as duty_rank
  from ent_base b join near n on n.region_code = b.region_code
  where b.exit_date is null and n.region_rank <= 3 and year(b.est_date) <= n.report_year
  union all
  select x.ent_id, x.report_year, x.due_date, x.duty_rank
  from (
    select b.ent_id, n.report_year, n.due_date, row_number() over (partition by b.ent_id order by n.report_year desc) as duty_rank
    from ent_base b join near n on n.region_code = b.region_code
    where b.exit_date > n.due_date and year(b.est_date) <= n.report_year) x
  where x.duty_rank <= 3),
rep as (
  select ent_id, report_year, min(reported_at) as reported_at, count(*) - 1 as revise_cnt,
         nullif(arg_max(coalesce(all_zero, -1), version_no * 10 + coalesce(all_zero, -1)), -1) as all_zero
  from ent_annual_report where ent_id is not null and reported_at <= :as_of and version_no is not null group by ent_id, report_year)
select d.ent_id, cast(d.report_year as integer) as report_year, d.due_date, r.reported_at, cast(r.all_zero as smallint) as all_zero,
       cast(coalesce(r.revise_cnt, 0) as integer) as revise_cnt, cast(d.duty_rank as integer) as duty_rank
from due d left join rep r on r.ent_id = d.ent_id and r.report_year = d.report_year
