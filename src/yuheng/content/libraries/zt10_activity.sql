/* ---
id: ZT10
name_zh: 企业活跃度专题库
name_en: Activity
domain: 主体
description: >-
  Monthly activity score of every entity with the items behind it; made by the thematic models of activity.
grain: entity x month
keys: [ent_id, month_date]
sensitivity: L2
freshness_days: 31
result_of: insight
columns:
  ent_id: {type: BIGINT, name_zh: 主体编号}
  month_date: {type: DATE, name_zh: 月份}
  ea_score: {type: DOUBLE, name_zh: 活跃度得分}
  level: {type: VARCHAR, name_zh: 活跃等级}
  items: {type: VARCHAR, name_zh: 各项得分}
--- */
