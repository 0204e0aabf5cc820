/* ---
id: ZT45
name_zh: 食品安全专题库
name_en: Food operators
domain: 食品
description: >-
  Holders of food licences, of sale, catering, canteens and production, with the risk grade where one was given.
grain: licence holder
keys: [lic_key]
sensitivity: L1
freshness_days: 1
sources: [S-FDA]
inputs: [food_check, food_license, food_producer, restaurant]
record: e
spine: food_license
columns:
  lic_key: {type: VARCHAR, name_zh: 许可序号}
  lic_no: {type: VARCHAR, name_zh: 许可证编号, level: L1}
  ent_id: {type: BIGINT, name_zh: 主体编号}
  holder: {type: VARCHAR, name_zh: 持证人, level: L1}
  food_format: {type: VARCHAR, name_zh: 主体业态, level: L1, description: "SALE, CATERING, CANTEEN … of the licence; PRODUCTION for producers"}
  items: {type: VARCHAR, name_zh: 经营项目或食品类别, level: L1}
  seats: {type: INTEGER, name_zh: 座位数, level: L1}
  area_m2: {type: INTEGER, name_zh: 面积(平方米), level: L1}
  issue_date: {type: DATE, name_zh: 发证日期, level: L1}
  valid_to: {type: DATE, name_zh: 有效期至, level: L1}
  state: {type: VARCHAR, name_zh: 状态, level: L1, codes: licence_state}
  in_force: {type: SMALLINT, name_zh: 当日是否有效, level: L1}
  risk_grade: {type: VARCHAR, name_zh: 风险等级, level: L1, codes: food_grade}
  last_check_date: {type: DATE, name_zh: 最近检查日期, level: L1}
  last_conclusion: {type: VARCHAR, name_zh: 最近检查结论, level: L1, codes: check_conclusion}
  region_code: {type: VARCHAR, name_zh: 场所区划, level: L1}
checks:
  - {id: term, rule: "valid_to is null or issue_date <= valid_to", action: flag, reason: 有效期早于发证}
  - {id: firm_known, rule: "ent_id is not null", action: flag, reason: 未关联到主体}
--- */
with e as (
  select concat('L|', source, '|', source_key) as lic_key, lic_no, ent_id, holder, food_format, items, seats, area_m2, issue_date, valid_to, state, region_code, event_date, source, source_key, known_basis, known_from, batch_id, row_hash, quality_flag
  from food_license
  union all select concat('P|', source, '|', source_key), lic_no, ent_id, producer, 'PRODUCTION', class_name, cast(null as integer), cast(null as integer),
         issue_date, valid_to, state, region_code, event_date, source, source_key, known_basis, known_from, batch_id, row_hash, quality_flag from food_producer),
g as (
  select lic_no, risk_grade from restaurant where lic_no is not null and risk_grade is not null
  qualify row_number() over (partition by lic_no order by grade_date desc nulls last, shop_no, source) = 1),
c as (
  select lic_no, check_date, conclusion from food_check where lic_no is not null
  qualify row_number() over (partition by lic_no order by check_date desc, known_from desc, source, source_key) = 1)
select e.lic_key, e.lic_no, e.ent_id, e.holder, e.food_format, e.items, e.seats, e.area_m2, e.issue_date, e.valid_to, e.state,
       cast(case when e.state = 'VALID' and coalesce(e.valid_to, date '9999-12-31') >= :as_of then 1 else 0 end as smallint) as in_force,
       g.risk_grade, c.check_date as last_check_date, c.conclusion as last_conclusion, e.region_code
from e left join g on g.lic_no = e.lic_no left join c on c.lic_no = e.lic_no
