/* ---
id: ZT49
name_zh: 食品监督检查专题库
name_en: Food inspections
domain: 食品
description: >-
  Inspections of food businesses by the national sheets: items, failed key and general items, score, conclusion,
  face.
grain: inspection
keys: [src_system, src_pk]
sensitivity: L1
freshness_days: 1
sources: [S-FDA]
inputs: [food_check]
record: c
spine: food_check
columns:
  check_no: {type: VARCHAR, name_zh: 检查编号, level: L1}
  lic_no: {type: VARCHAR, name_zh: 许可证编号, level: L1}
  ent_id: {type: BIGINT, name_zh: 主体编号}
  table_type: {type: VARCHAR, name_zh: 检查要点表, level: L1, codes: food_sheet}
  check_date: {type: DATE, name_zh: 检查日期, level: L1}
  items: {type: INTEGER, name_zh: 检查项数, level: L1}
  key_failed: {type: INTEGER, name_zh: 重点项不合格数, level: L1}
  failed: {type: INTEGER, name_zh: 一般项不合格数, level: L1}
  score: {type: INTEGER, name_zh: 得分, level: L1}
  conclusion: {type: VARCHAR, name_zh: 结论, level: L1, codes: check_conclusion}
  face: {type: VARCHAR, name_zh: 动态等级, level: L1, codes: hygiene_face}
  due_date: {type: DATE, name_zh: 整改期限, level: L1}
checks:
  - {id: items, rule: "items is null or coalesce(key_failed, 0) + coalesce(failed, 0) <= items", action: flag, reason: 不合格项多于检查项}
--- */
select c.check_no, c.lic_no, c.ent_id, c.sheet as table_type, c.check_date, c.items, c.key_failed, c.failed, c.score, c.conclusion, c.face, c.due_date from food_check c
