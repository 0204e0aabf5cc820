/* ---
id: ZT32
name_zh: 自然人任职专题库
name_en: Persons (masked)
domain: 关联
description: >-
  Roles of natural persons in firms. A person is a keyed hash of the identity number; names are not kept here.
grain: person x entity x role
keys: [role_id]
sensitivity: L4
freshness_days: 1
sources: [S-REG]
inputs: [ent_member, ft_person_link, zt29]
columns:
  role_id: {type: VARCHAR, name_zh: 任职编号}
  pid_hash: {type: VARCHAR, name_zh: 人员标识, level: L4}
  ent_id: {type: BIGINT, name_zh: 主体编号}
  role: {type: VARCHAR, name_zh: 角色, description: "LEGAL_REP, INVESTOR or the position in the firm"}
  from_date: {type: DATE, name_zh: 起}
  to_date: {type: DATE, name_zh: 止}
  is_current: {type: SMALLINT, name_zh: 当日是否任职}
  restricted: {type: SMALLINT, name_zh: 任职受限, description: "of legal representatives: responsible for a firm revoked less than three years ago"}
checks:
  - {id: period, rule: "to_date is null or from_date is null or from_date <= to_date", action: flag, reason: 任职止期早于起期}
--- */
with e as (
  select edge_id, src, ent_id, rel_type, since, until, is_current, src_system as source, src_pk as source_key from zt29 where src_kind = 'PERSON'),
m as (select source, source_key, position from ent_member)
select e.edge_id as role_id, e.src as pid_hash, e.ent_id,
       case e.rel_type when 'INVEST' then 'INVESTOR' when 'MEMBER' then coalesce(m.position, 'MEMBER') else e.rel_type end as role,
       e.since as from_date, e.until as to_date, e.is_current, case when e.rel_type = 'LEGAL_REP' then l.lr_restricted end as restricted
from e left join m on e.rel_type = 'MEMBER' and m.source = e.source and m.source_key = e.source_key
left join ft_person_link l on l.ent_id = e.ent_id
