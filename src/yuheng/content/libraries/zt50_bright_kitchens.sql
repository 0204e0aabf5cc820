/* ---
id: ZT50
name_zh: 明厨亮灶专题库
name_en: Bright kitchens
domain: 食品
description: >-
  Events that cameras in kitchens recognised, with confidence, length and what a person made of them.
grain: camera x event
keys: [src_system, src_pk]
sensitivity: L2
freshness_days: 1
sources: [S-KITCHEN]
inputs: [kitchen_event]
record: k
spine: kitchen_event
columns:
  cam_id: {type: VARCHAR, name_zh: 摄像编号, level: L1}
  ts: {type: TIMESTAMP, name_zh: 发生时间, level: L1}
  shop_id: {type: VARCHAR, name_zh: 门店编号, level: L1}
  ent_id: {type: BIGINT, name_zh: 主体编号}
  ai_event: {type: VARCHAR, name_zh: 识别事件, level: L1, codes: kitchen_event_kind}
  confidence: {type: "DECIMAL(5,3)", name_zh: 置信度, level: L1}
  confirmed: {type: SMALLINT, name_zh: 人工确认, level: L1}
  minutes: {type: INTEGER, name_zh: 持续分钟, level: L1}
checks:
  - {id: confidence, rule: "confidence is null or (confidence >= 0 and confidence <= 1)", action: flag, reason: 置信度不在零与一之间}
--- */
select k.cam_id, k.ts, k.shop_no as shop_id, k.ent_id, k.event_kind as ai_event, k.confidence, k.confirmed, k.minutes from kitchen_event k
