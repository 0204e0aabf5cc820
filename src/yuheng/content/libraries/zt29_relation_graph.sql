/* ---
id: ZT29
name_zh: 关联关系图谱专题库
name_en: Relation graph
domain: 关联
description: >-
  Edges between persons, firms and firms: who leads, holds, serves in or belongs to which firm, from when to
  when. A person is a keyed hash; an edge from a firm carries its code.
grain: edge
keys: [edge_id]
sensitivity: L4
freshness_days: 1
sources: [S-REG]
inputs: [ent_investor, ent_member, ent_registration]
record: e
spine: ent_investor
columns:
  edge_id: {type: VARCHAR, name_zh: 边编号}
  src: {type: VARCHAR, name_zh: 起点标识, level: L4}
  src_kind: {type: VARCHAR, name_zh: 起点类型}
  ent_id: {type: BIGINT, name_zh: 终点主体编号}
  rel_type: {type: VARCHAR, name_zh: 关系类型, description: "LEGAL_REP, INVEST, MEMBER, BRANCH_OF"}
  since: {type: DATE, name_zh: 起}
  until: {type: DATE, name_zh: 止}
  weight: {type: "DECIMAL(9,6)", name_zh: 权重, description: "share held, 1 where the relation has none"}
  is_current: {type: SMALLINT, name_zh: 当日是否存续}
checks:
  - {id: weight, rule: "weight >= 0 and weight <= 1", action: flag, reason: 权重不在零与一之间}
--- */
with e as (
  select concat('R|', source, '|', source_key) as edge_id, lr_token as src, 'PERSON' as src_kind, ent_id, 'LEGAL_REP' as rel_type,
         est_date as since, exit_date as until, cast(1 as decimal(9, 6)) as weight, source, source_key, known_basis, known_from, batch_id, event_date, row_hash, quality_flag
  from ent_registration where ent_id is not null and lr_token is not null
  union all
  select concat('B|', source, '|', source_key), parent_uscc, 'FIRM', ent_id, 'BRANCH_OF', est_date, exit_date, cast(1 as decimal(9, 6)),
         source, source_key, known_basis, known_from, batch_id, event_date, row_hash, quality_flag
  from ent_registration where ent_id is not null and parent_uscc is not null
  union all
  select concat('I|', source, '|', source_key), inv_token, case when inv_kind = 'ENTERPRISE' then 'FIRM' else 'PERSON' end, ent_id, 'INVEST', in_date, out_date,
         coalesce(share_ratio, cast(1 as decimal(9, 6))), source, source_key, known_basis, known_from, batch_id, event_date, row_hash, quality_flag
  from ent_investor where ent_id is not null and inv_token is not null
  union all
  select concat('M|', source, '|', source_key), person_token, 'PERSON', ent_id, 'MEMBER', in_date, out_date, cast(1 as decimal(9, 6)),
         source, source_key, known_basis, known_from, batch_id, event_date, row_hash, quality_flag
  from ent_member where ent_id is not null and person_token is not null)
select e.edge_id, e.src, e.src_kind, e.ent_id, e.rel_type, e.since, e.until, e.weight,
       cast(case when coalesce(e.until, date '9999-12-31') > :as_of then 1 else 0 end as smallint) as is_current
from e
