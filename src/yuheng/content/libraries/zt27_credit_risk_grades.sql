/* ---
id: ZT27
name_zh: 企业信用风险分类专题库
name_en: Credit-risk grades
domain: 信用
description: >-
  The day's score and grade of every rated firm, with the five indicators that weigh most in it.
grain: entity x month
keys: [ent_id]
sensitivity: L3
freshness_days: 31
inputs: [grade, zt28]
spine: grade
columns:
  ent_id: {type: BIGINT, name_zh: 主体编号}
  month_date: {type: DATE, name_zh: 评价日}
  grading: {type: VARCHAR, name_zh: 分类体系}
  model_ver: {type: VARCHAR, name_zh: 模型版本}
  s_raw: {type: DOUBLE, name_zh: 原始分, level: L3}
  s_cal: {type: DOUBLE, name_zh: 校准分, level: L3}
  grade: {type: VARCHAR, name_zh: 等级, level: L3}
  grade_model: {type: VARCHAR, name_zh: 模型等级, level: L3}
  override_grade: {type: VARCHAR, name_zh: 否决等级, level: L3}
  grade_manual: {type: VARCHAR, name_zh: 人工等级, level: L3}
  national_grade: {type: VARCHAR, name_zh: 总局等级, level: L3}
  coverage: {type: DOUBLE, name_zh: 数据覆盖率}
  insufficient: {type: SMALLINT, name_zh: 数据不足}
  percentile: {type: DOUBLE, name_zh: 分位}
  top5: {type: VARCHAR, name_zh: 主要原因, level: L3, description: "indicators with the largest weight x points, largest first"}
  region_code: {type: VARCHAR, name_zh: 行政区划, level: L1}
checks:
  - {id: grade, rule: "grade in ('A', 'B', 'C', 'D')", action: stop, reason: 等级不在四级之内}
  - {id: score, rule: "s_cal >= 0", action: stop, reason: 分值为负}
--- */
with k as (
  select ent_id, ind_id, row_number() over (partition by ent_id order by weight * points desc, ind_id) as place from zt28),
t as (
  select ent_id, concat_ws(',', max(case when place = 1 then ind_id end), max(case when place = 2 then ind_id end),
         max(case when place = 3 then ind_id end), max(case when place = 4 then ind_id end), max(case when place = 5 then ind_id end)) as top5
  from k where place <= 5 group by ent_id)
select g.ent_id, g.as_of as month_date, g.grading, g.model_version as model_ver, g.score_raw as s_raw, g.score as s_cal, g.grade_final as grade, g.grade_model,
       g.override_grade, g.grade_manual, g.national_grade, g.coverage, g.insufficient, g.percentile, t.top5, g.region_code
from grade g left join t on t.ent_id = g.ent_id
