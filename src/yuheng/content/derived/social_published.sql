/* ---
name: social_published
name_zh: 人社已公布月份
description: Months the social-insurance source has published for a province; a month is published as soon as one firm of the province has a row.
grain: region_prefix x month
keys: [region_prefix, month_date]
inputs: [ent_social, ent_registration]
snapshot: true
columns:
  region_prefix: {type: VARCHAR, name_zh: 省级区划前缀}
  month_date: {type: DATE, name_zh: 月末日期}
--- */
select distinct substr(r.region_code, 1, 2) as region_prefix, s.month_date
from (select ent_id, month_date from ent_social where ent_id is not null) s
join (select ent_id, min(region_code) as region_code from ent_registration where ent_id is not null group by ent_id) r on r.ent_id = s.ent_id
where r.region_code is not null
