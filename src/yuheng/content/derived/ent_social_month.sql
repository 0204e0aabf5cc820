/* ---
name: ent_social_month
name_zh: 参保月度表
description: >-
  Dense months of insured employees: from a firm's first insured month on, every month published for its province has a row, 0 where the
  source has none. Holds the 400 days up to D, the longest window any measure looks back.
grain: firm x month
keys: [ent_id, month_date]
inputs: [ent_social, ent_registration, social_published]
columns:
  ent_id: {type: BIGINT, name_zh: 主体编号}
  month_date: {type: DATE, name_zh: 月末日期}
  insured_cnt: {type: INTEGER, name_zh: 参保人数}
--- */
with r as (
  select ent_id, substr(min(region_code), 1, 2) as region_prefix from ent_registration where ent_id is not null group by ent_id),
s as (
  select ent_id, month_date, max(coalesce(insured_cnt, 0)) as insured_cnt
  from ent_social where ent_id is not null and month_date > cast(:as_of - interval 400 day as date) group by ent_id, month_date),
f as (
  select ent_id, min(month_date) as first_month
  from ent_social where ent_id is not null and insured_cnt > 0 group by ent_id)
select f.ent_id, p.month_date, cast(coalesce(s.insured_cnt, 0) as integer) as insured_cnt
from f
join r on r.ent_id = f.ent_id
join social_published p on p.region_prefix = r.region_prefix
left join s on s.ent_id = f.ent_id and s.month_date = p.month_date
where p.month_date >= f.first_month and p.month_date <= :as_of and p.month_date > cast(:as_of - interval 400 day as date)
