/* ---
id: ZT08
name_zh: 民营与中小微企业专题库
name_en: Private, small and medium-sized
domain: 主体
description: >-
  Private enterprises and enterprises of medium, small or micro size, one row per reported year, with revenue
  and employees of the newest version of the report and the tax credit known on the day.
grain: enterprise x report year
keys: [ent_id, report_year]
sensitivity: L3
freshness_days: 366
sources: [S-REG, S-GSXT, S-TAX]
inputs: [ent_annual_report, ent_tax_status, zt01]
record: a
columns:
  ent_id: {type: BIGINT, name_zh: 主体编号}
  report_year: {type: INTEGER, name_zh: 报告年度, level: L1}
  size_class: {type: VARCHAR, name_zh: 企业规模, level: L1}
  is_private: {type: SMALLINT, name_zh: 是否民营, level: L1}
  revenue_wan: {type: "DECIMAL(18,6)", name_zh: 营业总收入(万元), level: L3}
  employees: {type: INTEGER, name_zh: 从业人数, level: L3}
  insured_cnt: {type: INTEGER, name_zh: 参保人数, level: L3}
  tax_credit: {type: VARCHAR, name_zh: 纳税信用级别, codes: tax_credit_level}
--- */
with a as (
  select * from ent_annual_report where ent_id is not null
  qualify row_number() over (partition by ent_id, report_year order by version_no desc, known_from desc, source, source_key) = 1),
t as (
  select ent_id, credit_level from ent_tax_status where ent_id is not null and credit_level is not null
  qualify row_number() over (partition by ent_id order by as_of_date desc, known_from desc, source, source_key) = 1)
select z.ent_id, a.report_year, z.size_class, cast(case when z.ent_category = '2' then 1 else 0 end as smallint) as is_private, a.revenue_wan,
       a.emp_num as employees, a.insured_cnt, t.credit_level as tax_credit
from a join zt01 z on z.ent_id = a.ent_id left join t on t.ent_id = a.ent_id
where z.ent_category = '2' or z.size_class in ('X', 'S', 'M')
