/* ---
id: ZT51
name_zh: 药店数据分析专题库
name_en: Pharmacies
domain: 药品
description: >-
  Pharmacies with licence, chain, pharmacists, and what checks, attendance, prescriptions and sensors told up to
  the day. The score is made by the thematic models; NULL until then.
grain: store
keys: [src_system, store_id]
sensitivity: L1
freshness_days: 1
sources: [S-FDA, S-PHARM]
inputs: [drug_license, gsp_check, pharmacist_duty, pharmacy, rx_record, temp_point, temp_reading]
record: p
spine: pharmacy
columns:
  store_id: {type: VARCHAR, name_zh: 门店编号, level: L1}
  store_name: {type: VARCHAR, name_zh: 门店名称, level: L1}
  lic_no: {type: VARCHAR, name_zh: 许可证编号, level: L1}
  ent_id: {type: BIGINT, name_zh: 主体编号}
  chain_id: {type: VARCHAR, name_zh: 连锁总部统一社会信用代码, level: L1}
  scope: {type: VARCHAR, name_zh: 经营范围, level: L1}
  pharmacist_cnt: {type: INTEGER, name_zh: 执业药师数, level: L1}
  is_medicare: {type: SMALLINT, name_zh: 是否医保定点, level: L1}
  lic_valid_to: {type: DATE, name_zh: 许可有效期至, level: L1}
  last_check_date: {type: DATE, name_zh: 最近检查日期, level: L1}
  last_result: {type: VARCHAR, name_zh: 最近检查结论, level: L1, codes: gsp_result}
  duty_days_30d: {type: BIGINT, name_zh: 近30日药师在岗天数, level: L1}
  rx_30d: {type: BIGINT, name_zh: 近30日处方数, level: L1}
  rx_unaudited_30d: {type: BIGINT, name_zh: 近30日未审方数, level: L1}
  excursion_7d: {type: BIGINT, name_zh: 近7日温度超限次数, level: L1}
  score: {type: DOUBLE, name_zh: 综合评分, level: L2}
  region_code: {type: VARCHAR, name_zh: 门店区划, level: L1}
checks:
  - {id: licence, rule: "lic_no is not null", action: flag, reason: 无许可证编号}
  - {id: pharmacist, rule: "pharmacist_cnt is null or pharmacist_cnt > 0", action: flag, reason: 无执业药师}
--- */
with l as (
  select lic_no, scope, valid_to from drug_license
  qualify row_number() over (partition by lic_no order by issue_date desc, known_from desc, source, source_key) = 1),
g as (
  select store_id, check_date, result from gsp_check where store_id is not null
  qualify row_number() over (partition by store_id order by check_date desc, known_from desc, source, source_key) = 1),
d as (
  select store_id, count(distinct duty_date) as n from pharmacist_duty where duty_date > cast(:as_of - interval 30 day as date) group by store_id),
x as (
  select store_id, count(*) as n, sum(case when audit_time is null then 1 else 0 end) as unaudited from rx_record
  where rx_no is not null and sale_date > cast(:as_of - interval 30 day as date) group by store_id),
t as (
  select p.store_id, count(*) as n from temp_reading r join temp_point p on p.point_id = r.point_id
  where r.reading_date > cast(:as_of - interval 7 day as date) and (r.temp < p.low or r.temp > p.high) group by p.store_id)
select p.store_id, p.store_name, p.lic_no, p.ent_id, p.chain_uscc as chain_id, l.scope, p.pharmacists as pharmacist_cnt, p.is_medicare, l.valid_to as lic_valid_to,
       g.check_date as last_check_date, g.result as last_result, coalesce(d.n, 0) as duty_days_30d, coalesce(x.n, 0) as rx_30d, coalesce(x.unaudited, 0) as rx_unaudited_30d,
       coalesce(t.n, 0) as excursion_7d, cast(null as double) as score, p.region_code
from pharmacy p left join l on l.lic_no = p.lic_no left join g on g.store_id = p.store_id left join d on d.store_id = p.store_id
left join x on x.store_id = p.store_id left join t on t.store_id = p.store_id
