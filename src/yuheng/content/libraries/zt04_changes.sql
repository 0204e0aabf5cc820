/* ---
id: ZT04
name_zh: 变更事件专题库
name_en: Changes
domain: 主体
description: >-
  Every registered change: what was altered, when, from what to what.
grain: change
keys: [src_system, src_pk]
sensitivity: L3
freshness_days: 1
sources: [S-REG]
inputs: [ent_change]
record: c
spine: ent_change
columns:
  ent_id: {type: BIGINT, name_zh: 主体编号}
  alt_item: {type: VARCHAR, name_zh: 变更事项, level: L1, codes: change_item}
  alt_date: {type: DATE, name_zh: 变更日期, level: L1}
  val_before: {type: VARCHAR, name_zh: 变更前, level: L3}
  val_after: {type: VARCHAR, name_zh: 变更后, level: L3}
  num_before: {type: "DECIMAL(18,6)", name_zh: 变更前数值, level: L1}
  num_after: {type: "DECIMAL(18,6)", name_zh: 变更后数值, level: L1}
checks:
  - {id: firm_known, rule: "ent_id is not null", action: flag, reason: 未关联到主体}
  - {id: item_known, rule: "alt_item is not null", action: flag, reason: 变更事项缺失}
--- */
select c.ent_id, c.alt_item, c.alt_date, c.val_before, c.val_after, c.num_before, c.num_after from ent_change c
