/* ---
id: ZT01
name_zh: 经营主体专题库
name_en: Market entities
domain: 主体
description: >-
  Every market entity known on the day, in whatever state, with its registration, place, size and the last trace
  it left.
grain: entity
keys: [ent_id]
sensitivity: L2
freshness_days: 1
sources: [S-REG]
inputs: [ent_base, ent_registration]
record: r
spine: ent_base
columns:
  ent_id: {type: BIGINT, name_zh: 主体编号}
  uscc: {type: VARCHAR, name_zh: 统一社会信用代码, level: L1}
  pripid: {type: VARCHAR, name_zh: 主体身份代码, level: L1}
  regno: {type: VARCHAR, name_zh: 注册号, level: L1}
  ent_name: {type: VARCHAR, name_zh: 名称, level: L1}
  ent_category: {type: VARCHAR, name_zh: 主体大类, level: L1, codes: ent_category}
  ent_type: {type: VARCHAR, name_zh: 企业类型, level: L1}
  org_form: {type: VARCHAR, name_zh: 组织形式, level: L1}
  reg_state: {type: VARCHAR, name_zh: 登记状态, level: L1, codes: reg_state}
  est_date: {type: DATE, name_zh: 成立日期, level: L1}
  exit_date: {type: DATE, name_zh: 退出日期, level: L1}
  life_days: {type: BIGINT, name_zh: 存续天数, level: L1}
  industry_code: {type: VARCHAR, name_zh: 行业代码, level: L1}
  industry_sec: {type: VARCHAR, name_zh: 行业门类, level: L1}
  industry_div: {type: VARCHAR, name_zh: 行业大类, level: L1}
  industry_basis: {type: VARCHAR, name_zh: 行业来源}
  region_code: {type: VARCHAR, name_zh: 行政区划, level: L1}
  city_code: {type: VARCHAR, name_zh: 所属省辖市, level: L1}
  reg_org: {type: VARCHAR, name_zh: 登记机关, level: L1}
  local_adm: {type: VARCHAR, name_zh: 属地监管所}
  addr: {type: VARCHAR, name_zh: 住所, level: L1}
  addr_std_id: {type: BIGINT, name_zh: 标准地址编号}
  addr_verify_level: {type: SMALLINT, name_zh: 住所核验等级}
  lr_name: {type: VARCHAR, name_zh: 法定代表人, level: L1}
  lr_token: {type: VARCHAR, name_zh: 法定代表人标识, level: L4}
  reg_cap_wan: {type: "DECIMAL(18,6)", name_zh: 注册资本(万元), level: L1}
  reg_cap_cur: {type: VARCHAR, name_zh: 币种, level: L1}
  size_class: {type: VARCHAR, name_zh: 企业规模, level: L1}
  emp_num: {type: INTEGER, name_zh: 从业人员数}
  has_online_shop: {type: SMALLINT, name_zh: 是否有网店}
  sensitive_industry: {type: SMALLINT, name_zh: 社会高度关注行业}
  is_closed_filing: {type: SMALLINT, name_zh: 是否歇业备案中, level: L1}
  last_activity_date: {type: DATE, name_zh: 最近活动日期}
checks:
  - {id: name_given, rule: "ent_name is not null", action: flag, reason: 名称缺失}
  - {id: uscc_given, rule: "uscc is not null or est_date < date '2015-10-01'", action: flag, reason: 无统一社会信用代码}
  - {id: industry_given, rule: "industry_code is not null", action: flag, reason: 行业代码缺失}
  - {id: exit_after_est, rule: "exit_date is null or exit_date >= est_date", action: stop, reason: 退出早于成立}
--- */
-- few firms are registered twice: only their rows are ranked, and all but the first are left out
with twice as (select ent_id from ent_registration where ent_id is not null group by ent_id having count(*) > 1),
late as (
  select e.ent_id, e.source, e.source_key from ent_registration e join twice t on t.ent_id = e.ent_id
  qualify row_number() over (partition by e.ent_id order by e.known_from desc, e.source desc, e.source_key) > 1)
select b.ent_id, b.uscc, r.pripid, r.regno, b.ent_name, b.ent_category, b.ent_type, b.org_form, b.reg_state, b.est_date, b.exit_date,
       date_diff('day', b.est_date, coalesce(case when b.exit_date <= :as_of then b.exit_date end, cast(:as_of as date))) as life_days,
       b.industry_code, b.industry_sec, b.industry_div, r.industry_basis, b.region_code, r.city_code, r.reg_org, r.local_adm, r.addr,
       hash63(b.addr_key) as addr_std_id, b.addr_verify_level, r.lr_name, b.lr_token, b.reg_cap_wan, r.reg_cap_cur, b.size_class, r.emp_num,
       b.has_online_shop, b.sensitive_industry, b.is_closed_filing, b.last_activity_date
from ent_registration r
left join late l on l.ent_id = r.ent_id and l.source = r.source and l.source_key = r.source_key
join ent_base b on b.ent_id = r.ent_id
where r.ent_id is not null and l.ent_id is null
