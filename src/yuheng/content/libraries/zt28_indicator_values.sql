/* ---
id: ZT28
name_zh: 风险指标专题库
name_en: Indicator values
domain: 信用
description: >-
  Every indicator that gave a firm points: value, points and weight. Cells without points are not kept: they are
  nine of ten.
grain: entity x indicator x month
keys: [ent_id, ind_id]
sensitivity: L3
freshness_days: 31
inputs: [indicator_point]
spine: indicator_point
columns:
  ent_id: {type: BIGINT, name_zh: 主体编号}
  ind_id: {type: VARCHAR, name_zh: 指标}
  month_date: {type: DATE, name_zh: 评价日}
  value: {type: DOUBLE, name_zh: 指标值, level: L3}
  points: {type: TINYINT, name_zh: 得分, level: L3}
  weight: {type: DOUBLE, name_zh: 权重}
checks:
  - {id: points, rule: "points > 0 and points <= 100", action: stop, reason: 得分不在零与百之间}
--- */
select p.ent_id, p.ind_id, cast(:as_of as date) as month_date, p.value, p.points, p.weight from indicator_point p where p.points > 0
