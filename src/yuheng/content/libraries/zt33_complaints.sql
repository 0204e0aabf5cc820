/* ---
id: ZT33
name_zh: 12315 投诉举报专题库
name_en: Complaints and reports
domain: 维权
description: >-
  Complaints, reports and enquiries of 12315: problem, the firm, mediation, filing, what was recovered, and the
  days to the end.
grain: case
keys: [src_system, src_pk]
sensitivity: L3
freshness_days: 1
sources: [S-12315]
inputs: [case_12315, case_step]
record: c
spine: case_12315
columns:
  case_no: {type: VARCHAR, name_zh: 编号, level: L2}
  case_type: {type: VARCHAR, name_zh: 类型, level: L2, codes: case_type}
  problem: {type: VARCHAR, name_zh: 问题类别, level: L2}
  ent_id: {type: BIGINT, name_zh: 主体编号}
  operator_name: {type: VARCHAR, name_zh: 被投诉方, level: L3}
  reg_date: {type: DATE, name_zh: 登记日期, level: L2}
  accept_date: {type: DATE, name_zh: 受理日期, level: L2}
  mediation_result: {type: VARCHAR, name_zh: 调解结果, level: L2, codes: mediation_result}
  mediation_date: {type: DATE, name_zh: 调解日期, level: L2}
  filed_case_no: {type: VARCHAR, name_zh: 立案编号, level: L2}
  filed_date: {type: DATE, name_zh: 立案日期, level: L2}
  finish_date: {type: DATE, name_zh: 办结日期, level: L2}
  recovered_yuan: {type: "DECIMAL(18,2)", name_zh: 挽回损失(元), level: L3}
  is_duplicate: {type: SMALLINT, name_zh: 是否重复, level: L2}
  days: {type: BIGINT, name_zh: 办理天数, level: L2}
  link_basis: {type: VARCHAR, name_zh: 关联依据}
checks:
  - {id: type, rule: "case_type is not null", action: flag, reason: 类型缺失}
  - {id: firm_known, rule: "ent_id is not null", action: flag, reason: 未关联到主体}
  - {id: days, rule: "days is null or days >= 0", action: flag, reason: 办结早于登记}
--- */
with f as (select case_no, min(step_date) as finish_date from case_step where step = 'FINISHED' group by case_no)
select c.case_no, c.case_type, c.problem, c.ent_id, c.operator_name, c.reg_date, c.accept_date, c.mediation_result, c.mediation_date, c.filed_case_no, c.filed_date,
       coalesce(f.finish_date, c.mediation_date) as finish_date, c.recovered_yuan, c.is_duplicate,
       date_diff('day', c.reg_date, coalesce(f.finish_date, c.mediation_date)) as days, c.link_basis
from case_12315 c left join f on f.case_no = c.case_no
