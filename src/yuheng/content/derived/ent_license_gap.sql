/* ---
name: ent_license_gap
name_zh: 应有许可缺口
description: Licence types that industry and scope require of a firm in business at D, against the licences valid at D.
grain: firm x required licence type
keys: [ent_id, req_lic_type]
inputs: [ent_registration, license_status]
codes: [license_requirement]
columns:
  ent_id: {type: BIGINT, name_zh: 主体编号}
  req_lic_type: {type: VARCHAR, name_zh: 应有许可种类}
  has_valid: {type: SMALLINT, name_zh: 是否有有效许可}
--- */
with rule as (
  select industry_prefix, coalesce(scope_keyword, '') as scope_keyword, req_lic_type from license_requirement
  where coalesce(valid_from, date '1900-01-01') <= :as_of and coalesce(valid_to, date '9999-12-31') > :as_of),
pair as (
  select c.industry_code, r.scope_keyword, r.req_lic_type
  from (select distinct industry_code from ent_registration where industry_code is not null) c
  join rule r on c.industry_code like concat(coalesce(r.industry_prefix, ''), '%')),
need as (
  select distinct e.ent_id, p.req_lic_type
  from ent_registration e join pair p on p.industry_code = e.industry_code
  where e.ent_id is not null and e.reg_state = '1'
    and (p.scope_keyword = '' or e.op_scope like concat('%', p.scope_keyword, '%'))),
held as (
  select distinct ent_id, lic_type from license_status
  where state = 'VALID' and coalesce(valid_from, date '1900-01-01') <= :as_of and coalesce(valid_to, date '9999-12-31') >= :as_of)
select n.ent_id, n.req_lic_type, cast(case when h.ent_id is not null then 1 else 0 end as smallint) as has_valid
from need n left join held h on h.ent_id = n.ent_id and h.lic_type = n.req_lic_type
