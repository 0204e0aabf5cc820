/* ---
id: ZT26
name_zh: 双随机专题库
name_en: Random draws
domain: 监管
description: >-
  Draws of objects and inspectors: plan, task, seed, strata and the hash of the result; made by the double-
  random inspection.
grain: draw
keys: [draw_id]
sensitivity: L2
freshness_days: 1
result_of: inspection
columns:
  draw_id: {type: VARCHAR, name_zh: 抽取编号}
  plan_id: {type: VARCHAR, name_zh: 计划编号}
  task_id: {type: VARCHAR, name_zh: 任务编号}
  drawn_at: {type: DATE, name_zh: 抽取日期}
  seed: {type: VARCHAR, name_zh: 种子}
  stratum: {type: VARCHAR, name_zh: 层}
  pool_cnt: {type: BIGINT, name_zh: 对象数}
  drawn_cnt: {type: BIGINT, name_zh: 抽中数}
  result_hash: {type: VARCHAR, name_zh: 结果摘要}
--- */
