/* ---
name: ent_base
name_zh: 主体基础表
description: One row per firm known at D (all states), with its form, tiers, address level, closure and the last trace it left in any connected system.
grain: firm
keys: [ent_id]
inputs: [ent_registration, ent_addr, shop_latest, ent_tier, ent_closure, ent_change, ent_investor, ent_member,
  ent_liaison, ent_annual_report, ent_instant_publish, ent_license, credit_commitment, food_sampling, product_spotcheck, case_12315,
  ent_tax_status, ent_social, equity_pledge, ip_pledge, ent_ip, ent_inspection, online_shop]
codes: [ent_type, sensitive_industry]
columns:
  ent_id: {type: BIGINT, name_zh: 主体编号}
  uscc: {type: VARCHAR, name_zh: 统一社会信用代码}
  ent_name: {type: VARCHAR, name_zh: 名称}
  region_code: {type: VARCHAR, name_zh: 区划代码}
  ent_category: {type: VARCHAR, name_zh: 主体大类}
  ent_type: {type: VARCHAR, name_zh: 企业类型}
  org_form: {type: VARCHAR, name_zh: 组织形式}
  lr_is_person: {type: SMALLINT, name_zh: 法定代表人是否自然人}
  has_online_shop: {type: SMALLINT, name_zh: 是否有网店}
  size_class: {type: VARCHAR, name_zh: 规模}
  industry_code: {type: VARCHAR, name_zh: 行业代码}
  industry_sec: {type: VARCHAR, name_zh: 行业门类}
  industry_div: {type: VARCHAR, name_zh: 行业大类}
  ent_type_tier: {type: SMALLINT, name_zh: 企业类型风险档}
  industry_tier: {type: SMALLINT, name_zh: 行业风险档}
  sensitive_industry: {type: SMALLINT, name_zh: 社会高度关注行业}
  reg_state: {type: VARCHAR, name_zh: 登记状态}
  est_date: {type: DATE, name_zh: 成立日期}
  exit_date: {type: DATE, name_zh: 退出日期}
  reg_cap_wan: {type: "DECIMAL(18,6)", name_zh: 注册资本万元}
  addr_key: {type: VARCHAR, name_zh: 地址键}
  is_cluster_reg: {type: SMALLINT, name_zh: 是否集群注册地址}
  addr_verify_level: {type: SMALLINT, name_zh: 住所核验等级}
  lr_token: {type: VARCHAR, name_zh: 法定代表人标识, level: L3}
  lr_birth_date: {type: DATE, name_zh: 法定代表人出生日期, level: L3}
  tel_token: {type: VARCHAR, name_zh: 电话标识, level: L3}
  last_activity_date: {type: DATE, name_zh: 最近活动日期}
  closed_from: {type: DATE, name_zh: 歇业起}
  closed_to: {type: DATE, name_zh: 歇业止}
  is_closed_filing: {type: SMALLINT, name_zh: 是否歇业备案中}
--- */
-- few firms are registered twice: only their rows are ranked, and all but the first are left out
with twice as (select ent_id from ent_registration where ent_id is not null group by ent_id having count(*) > 1),
late as (
  select e.ent_id, e.source, e.source_key from ent_registration e join twice t on t.ent_id = e.ent_id
  qualify row_number() over (partition by e.ent_id order by e.known_from desc, e.source desc, e.source_key) > 1),
-- the list is matched on the few industry codes that occur, then on the words of the scope
sens_code as (
  select c.industry_code, coalesce(s.scope_keyword, '') as scope_keyword
  from (select distinct industry_code from ent_registration where industry_code is not null) c
  join sensitive_industry s on c.industry_code like concat(s.industry_prefix, '%')
  where coalesce(s.valid_from, date '1900-01-01') <= :as_of and coalesce(s.valid_to, date '9999-12-31') > :as_of),
sens as (
  select distinct e.ent_id from ent_registration e join sens_code s on s.industry_code = e.industry_code
  left join late l on l.ent_id = e.ent_id and l.source = e.source and l.source_key = e.source_key
  where e.ent_id is not null and l.ent_id is null
    and (s.scope_keyword = '' or coalesce(e.op_scope, '') like concat('%', s.scope_keyword, '%'))),
shop as (select distinct ent_id from shop_latest where ent_id is not null and coalesce(shop_status, 'OPEN') <> 'OFFLINE'),
closure as (
  select ent_id, closed_from, closed_to from ent_closure where ent_id is not null
  qualify row_number() over (partition by ent_id order by closed_from desc, known_from desc, source_key) = 1),
-- a trace is a record the firm itself caused or that shows it at work; lists, penalties and court records are not
trace as (
  select ent_id, event_date from ent_change
  union all select ent_id, event_date from ent_investor
  union all select ent_id, event_date from ent_member
  union all select ent_id, event_date from ent_liaison
  union all select ent_id, event_date from ent_annual_report
  union all select ent_id, event_date from ent_instant_publish
  union all select ent_id, event_date from ent_license
  union all select ent_id, event_date from credit_commitment
  union all select ent_id, event_date from food_sampling
  union all select ent_id, event_date from product_spotcheck
  union all select ent_id, event_date from case_12315
  union all select ent_id, event_date from ent_tax_status where coalesce(is_abnormal, 0) = 0
  union all select ent_id, event_date from ent_social where insured_cnt > 0
  union all select ent_id, event_date from equity_pledge
  union all select ent_id, event_date from ip_pledge
  union all select ent_id, event_date from ent_ip
  union all select ent_id, event_date from ent_inspection where concat(',', replace(result_code, ' ', ''), ',') not like '%,05,%'
  union all select ent_id, event_date from online_shop where shop_status = 'OPEN'),
active as (select ent_id, max(event_date) as d from trace where ent_id is not null group by ent_id)
select r.ent_id, r.uscc, r.ent_name, r.region_code, r.ent_category, r.ent_type, et.org_form, cast(r.lr_is_person as smallint) as lr_is_person,
       cast(case when shop.ent_id is not null then 1 else 0 end as smallint) as has_online_shop,
       r.size_class, r.industry_code, r.industry_sec, r.industry_div,
       tt.tier as ent_type_tier, ti.tier as industry_tier,
       cast(case when sens.ent_id is not null then 1 else 0 end as smallint) as sensitive_industry,
       r.reg_state, r.est_date, r.exit_date, r.reg_cap_wan,
       case when r.addr_norm is not null and r.region_code is not null then concat(r.region_code, '|', r.addr_norm) end as addr_key,
       a.is_cluster_reg, a.verify_level as addr_verify_level, r.lr_token, r.lr_birth_date, r.tel_token,
       greatest(r.est_date, case when r.appr_date <= :as_of then r.appr_date else r.est_date end, coalesce(active.d, r.est_date)) as last_activity_date,
       c.closed_from, c.closed_to,
       cast(case when c.closed_from <= :as_of and coalesce(c.closed_to, date '9999-12-31') > :as_of then 1 else 0 end as smallint) as is_closed_filing
from ent_registration r
left join late l on l.ent_id = r.ent_id and l.source = r.source and l.source_key = r.source_key
left join ent_type et on et.code = r.ent_type
left join ent_addr a on a.ent_id = r.ent_id
left join ent_tier tt on tt.kind = 'TYPE' and tt.code = r.ent_type
left join ent_tier ti on ti.kind = 'INDUSTRY' and ti.code = r.industry_div
left join sens on sens.ent_id = r.ent_id
left join shop on shop.ent_id = r.ent_id
left join closure c on c.ent_id = r.ent_id
left join active on active.ent_id = r.ent_id
where r.ent_id is not null and l.ent_id is null
