/* ---
id: ZT58
name_zh: 互联网涉企舆情专题库
name_en: Internet and opinion
domain: 舆情
description: >-
  Documents about firms found on the network: medium, feeling, severity, whether verified, and whether they
  begin an event.
grain: document
keys: [src_system, src_pk]
sensitivity: L2
freshness_days: 1
sources: [S-WEB]
inputs: [opinion]
record: o
spine: opinion
columns:
  ent_id: {type: BIGINT, name_zh: 主体编号}
  doc_id: {type: VARCHAR, name_zh: 文档编号, level: L1}
  pub_date: {type: DATE, name_zh: 发布日期, level: L1}
  media: {type: VARCHAR, name_zh: 媒体, level: L1}
  title: {type: VARCHAR, name_zh: 标题, level: L1}
  sentiment: {type: VARCHAR, name_zh: 情感, level: L1, codes: sentiment}
  severity: {type: INTEGER, name_zh: 严重程度}
  verified_date: {type: DATE, name_zh: 核实日期}
  is_event_head: {type: SMALLINT, name_zh: 是否事件首发}
checks:
  - {id: title, rule: "title is not null", action: flag, reason: 标题缺失}
--- */
select o.ent_id, o.doc_id, o.pub_date, o.media, o.title, o.sentiment, o.severity, o.verified_date, o.is_event_head from opinion o
