/* ---
id: ZT25
name_zh: 抽查检查专题库
name_en: Inspections
domain: 监管
description: >-
  Inspections and their result codes, random and targeted ones, with the sampling weight of a draw and how many
  of the items looked at were found wanting.
grain: inspection
keys: [src_system, src_pk]
sensitivity: L1
freshness_days: 1
sources: [S-DR, S-CHECK]
inputs: [ent_inspection, inspection_item_result]
record: i
spine: ent_inspection
columns:
  ent_id: {type: BIGINT, name_zh: 主体编号}
  task_id: {type: VARCHAR, name_zh: 检查编号, level: L1}
  check_date: {type: DATE, name_zh: 检查日期, level: L1}
  kind: {type: VARCHAR, name_zh: 检查类型, level: L1, codes: inspection_kind}
  is_random: {type: SMALLINT, name_zh: 是否随机抽查, level: L1}
  draw_weight: {type: "DECIMAL(18,6)", name_zh: 抽样权重}
  item_cnt: {type: BIGINT, name_zh: 检查事项数, level: L1}
  item_codes: {type: VARCHAR, name_zh: 检查事项, level: L1}
  problem_item_cnt: {type: BIGINT, name_zh: 问题事项数, level: L1}
  result_code: {type: VARCHAR, name_zh: 检查结果, level: L1}
  is_problem: {type: SMALLINT, name_zh: 是否发现问题, level: L1}
checks:
  - {id: result, rule: "result_code is not null", action: flag, reason: 结果缺失}
  - {id: firm_known, rule: "ent_id is not null", action: flag, reason: 未关联到主体}
--- */
with r as (
  select insp_no, count(*) as item_cnt, string_agg(item_code, ',' order by item_code) as item_codes, sum(coalesce(is_problem, 0)) as problem_item_cnt
  from inspection_item_result group by insp_no)
select i.ent_id, i.insp_no as task_id, i.check_date, i.insp_kind as kind, i.is_random, i.draw_weight, coalesce(r.item_cnt, 0) as item_cnt, r.item_codes,
       coalesce(r.problem_item_cnt, 0) as problem_item_cnt, i.result_code, i.is_problem
from ent_inspection i left join r on r.insp_no = i.insp_no
