/* ---
id: ZT21
name_zh: 案件办理专题库
name_en: Cases
domain: 执法
description: >-
  Cases of violation from filing to closing, with the stage reached on the day and the days spent.
grain: case
keys: [src_system, src_pk]
sensitivity: L2
freshness_days: 1
sources: [S-PUN]
inputs: [case_main, case_stage]
record: c
spine: case_main
columns:
  case_no: {type: VARCHAR, name_zh: 案件编号, level: L2}
  ent_id: {type: BIGINT, name_zh: 主体编号}
  clue_kind: {type: VARCHAR, name_zh: 案件来源, level: L2}
  domain: {type: VARCHAR, name_zh: 违法领域, level: L1, codes: penalty_domain}
  filed_date: {type: DATE, name_zh: 立案日期, level: L2}
  decide_date: {type: DATE, name_zh: 处罚决定日期, level: L1}
  closed_date: {type: DATE, name_zh: 结案日期, level: L2}
  stage: {type: VARCHAR, name_zh: 当日环节, level: L2, codes: case_stage}
  stage_date: {type: DATE, name_zh: 环节日期, level: L2}
  days: {type: BIGINT, name_zh: 办理天数, level: L2}
  org: {type: VARCHAR, name_zh: 办案机构, level: L2}
checks:
  - {id: dates, rule: "closed_date is null or filed_date <= closed_date", action: flag, reason: 结案早于立案}
--- */
with s as (
  select case_no, stage, stage_date from case_stage
  qualify row_number() over (partition by case_no order by stage_date desc, known_from desc, source, source_key desc) = 1)
select c.case_no, c.ent_id, c.clue_kind, c.domain, c.filed_date, c.decide_date, c.closed_date,
       case when c.closed_date <= :as_of then 'CLOSED' else coalesce(s.stage, 'FILED') end as stage, s.stage_date,
       date_diff('day', c.filed_date, least(coalesce(c.closed_date, cast(:as_of as date)), cast(:as_of as date))) as days, c.org
from case_main c left join s on s.case_no = c.case_no
