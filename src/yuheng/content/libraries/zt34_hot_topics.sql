/* ---
id: ZT34
name_zh: 消费热点与警示专题库
name_en: Hot topics and alerts
domain: 维权
description: >-
  Topics of complaints by month with their terms and growth, and the alerts published on them; made by the topic
  models.
grain: topic x month
keys: [topic_id, month_date]
sensitivity: L2
freshness_days: 31
result_of: insight
columns:
  topic_id: {type: VARCHAR, name_zh: 主题编号}
  month_date: {type: DATE, name_zh: 月份}
  terms: {type: VARCHAR, name_zh: 主题词}
  cnt: {type: BIGINT, name_zh: 件数}
  growth: {type: DOUBLE, name_zh: 环比}
  alert_id: {type: VARCHAR, name_zh: 警示编号}
--- */
