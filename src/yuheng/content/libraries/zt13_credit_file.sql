/* ---
id: ZT13
name_zh: 信用信息专题库
name_en: Credit file
domain: 信用
description: >-
  One row per credit event of a firm, whatever list or decision it comes from: listings, penalties of this and
  other departments, court entries, broken commitments, titles, and the events the credit platform gathers.
grain: credit event
keys: [event_id]
sensitivity: L1
freshness_days: 1
sources: [S-GSXT, S-CREDIT, S-PUN, S-COURT, S-LIC, S-ECO, S-MINI, S-STI]
inputs: [credit_commitment, credit_event, dept_penalty, ent_abnormal, ent_penalty, ent_qualification,
  ent_serious, judicial_dishonest]
record: e
spine: ent_abnormal
columns:
  event_id: {type: VARCHAR, name_zh: 事件编号}
  ent_id: {type: BIGINT, name_zh: 主体编号}
  event_type: {type: VARCHAR, name_zh: 事件类型, level: L1}
  event_date: {type: DATE, name_zh: 发生日期, level: L1}
  source: {type: VARCHAR, name_zh: 来源系统, level: L1}
  polarity: {type: SMALLINT, name_zh: 性质, level: L1, description: "-1 against, 0 neutral, 1 for the firm"}
  public_to: {type: DATE, name_zh: 公示截止日期, level: L1}
  doc_no: {type: VARCHAR, name_zh: 文号, level: L1}
checks:
  - {id: polarity, rule: "polarity in (-1, 0, 1)", action: stop, reason: 性质不在三值之内}
  - {id: firm_known, rule: "ent_id is not null", action: flag, reason: 未关联到主体}
--- */
with e as (
  select concat('ABN|', source, '|', source_key) as event_id, ent_id, 'ABNORMAL_LIST' as event_type, event_date, -1 as polarity, out_date as public_to,
         cast(null as varchar) as doc_no, source, source_key, known_basis, known_from, batch_id, row_hash, quality_flag from ent_abnormal
  union all select concat('SER|', source, '|', source_key), ent_id, 'SERIOUS_LIST', event_date, -1, out_date, list_code, source, source_key, known_basis, known_from, batch_id, row_hash, quality_flag from ent_serious
  union all select concat('PEN|', source, '|', source_key), ent_id, 'PENALTY', event_date, -1, coalesce(repair_date, revoke_date), pen_dec_no, source, source_key, known_basis, known_from, batch_id, row_hash, quality_flag from ent_penalty
  union all select concat('DPE|', source, '|', source_key), ent_id, 'DEPARTMENT_PENALTY', event_date, -1, end_date, doc_no, source, source_key, known_basis, known_from, batch_id, row_hash, quality_flag from dept_penalty
  union all select concat('DIS|', source, '|', source_key), ent_id, 'DISHONEST_EXECUTEE', event_date, -1, exit_date, case_no, source, source_key, known_basis, known_from, batch_id, row_hash, quality_flag from judicial_dishonest
  union all select concat('COM|', source, '|', source_key), ent_id, 'COMMITMENT_BROKEN', coalesce(breach_date, event_date), -1, cast(null as date), kind, source, source_key, known_basis, known_from, batch_id, row_hash, quality_flag
    from credit_commitment where breached = 1 and coalesce(breach_date, event_date) <= :as_of
  union all select concat('QUA|', source, '|', source_key), ent_id, 'TITLE', event_date, 1, coalesce(end_date, valid_to), qual_no, source, source_key, known_basis, known_from, batch_id, row_hash, quality_flag from ent_qualification
  union all select concat('EVT|', source, '|', source_key), ent_id, concat('PLATFORM_', event_kind), event_date, sign(polarity), public_to, event_no, source, source_key, known_basis, known_from, batch_id, row_hash, quality_flag from credit_event)
select e.event_id, e.ent_id, e.event_type, e.event_date, e.source, cast(e.polarity as smallint) as polarity, e.public_to, e.doc_no from e
