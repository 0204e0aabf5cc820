/* ---
name: license_status
name_zh: 许可状态
description: State of each licence at D, and whether another licence of the same type and site is valid at D or follows it.
grain: licence
keys: [ent_id, lic_id]
inputs: [ent_license]
columns:
  ent_id: {type: BIGINT, name_zh: 主体编号}
  lic_id: {type: VARCHAR, name_zh: 许可编号}
  lic_type: {type: VARCHAR, name_zh: 许可种类}
  site_key: {type: VARCHAR, name_zh: 场所键}
  valid_from: {type: DATE, name_zh: 有效期起}
  valid_to: {type: DATE, name_zh: 有效期止}
  state_date: {type: DATE, name_zh: 状态日期}
  state: {type: VARCHAR, name_zh: 状态}
  has_valid_now: {type: SMALLINT, name_zh: 另有有效许可}
  has_renewal: {type: SMALLINT, name_zh: 已有后续许可}
--- */
with l as (
  select ent_id, lic_id, lic_type, coalesce(site_key, '') as site_key, valid_from, valid_to, state_date,
         case when state_date > :as_of then 'VALID' else state end as state
  from ent_license where ent_id is not null and issue_date <= :as_of)
select l.ent_id, l.lic_id, l.lic_type, l.site_key, l.valid_from, l.valid_to, l.state_date, l.state,
       cast(max(case when n.valid_from <= :as_of then 1 else 0 end) as smallint) as has_valid_now,
       cast(max(case when n.lic_id is not null then 1 else 0 end) as smallint) as has_renewal
from l left join l n on n.ent_id = l.ent_id and n.lic_type = l.lic_type and n.site_key = l.site_key and n.lic_id <> l.lic_id
  and n.state = 'VALID' and coalesce(n.valid_to, date '9999-12-31') >= :as_of
  and coalesce(n.valid_to, date '9999-12-31') > coalesce(l.valid_to, date '1900-01-01')
group by l.ent_id, l.lic_id, l.lic_type, l.site_key, l.valid_from, l.valid_to, l.state_date, l.state
