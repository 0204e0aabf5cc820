/* ---
name: ft_ent_contact
name_zh: 联络与经办特征
description: >-
  Active firms that share the phone or the liaison person (the larger of the two), and registrations handled in 90 days by the person
  who handled the firm's own. A phone or person serving 200 active firms or more is a known agent's.
grain: firm of the population
keys: [ent_id]
inputs: [ent_base, ent_liaison]
snapshot: true
columns:
  ent_id: {type: BIGINT, name_zh: 主体编号}
  snapshot_date: {type: DATE, name_zh: 快照日期}
  same_tel_cnt: {type: BIGINT, name_zh: 同联络方式户数}
  agent_reg_90d: {type: BIGINT, name_zh: 同经办人近90日登记数}
  is_known_agent: {type: SMALLINT, name_zh: 是否已知代理}
--- */
-- a firm with one liaison (agent) needs no ranking
with person as (
  select ent_id, count(*) as people, max(person_token) as person,
         count(case when role = 'LIAISON' then 1 end) as liaisons, max(case when role = 'LIAISON' then person_token end) as liaison,
         count(case when role = 'AGENT' then 1 end) as agents, max(case when role = 'AGENT' then person_token end) as agent
  from ent_liaison where ent_id is not null and person_token is not null group by ent_id),
liaison as (
  select l.ent_id, l.person_token from ent_liaison l join person p on p.ent_id = l.ent_id
  where p.liaisons > 1 and l.person_token is not null and l.role = 'LIAISON'
  qualify row_number() over (partition by l.ent_id order by l.handled_date desc, l.known_from desc, l.source_key) = 1),
agent as (
  select l.ent_id, l.person_token from ent_liaison l join person p on p.ent_id = l.ent_id
  where (p.agents > 1 or p.agents = 0 and p.people > 1) and l.person_token is not null
  qualify row_number() over (partition by l.ent_id
    order by case when l.role = 'AGENT' then 0 else 1 end, l.handled_date desc, l.known_from desc, l.source_key) = 1),
f as (
  select b.ent_id, b.tel_token, b.reg_state, case when p.liaisons = 1 then p.liaison else l.person_token end as liaison,
         case when p.agents = 1 then p.agent when p.agents = 0 and p.people = 1 then p.person else a.person_token end as agent
  from ent_base b
  left join person p on p.ent_id = b.ent_id
  left join liaison l on l.ent_id = b.ent_id
  left join agent a on a.ent_id = b.ent_id
  where b.reg_state in ('1', '2', '5')),
tel as (
  select tel_token, cast(sum(case when reg_state = '1' then 1 else 0 end) as bigint) as n from f where tel_token is not null group by tel_token),
lia as (
  select liaison, cast(sum(case when reg_state = '1' then 1 else 0 end) as bigint) as n from f where liaison is not null group by liaison),
handled as (
  select person_token, count(distinct ent_id) as n from ent_liaison
  where ent_id is not null and person_token is not null and handled_date <= :as_of and handled_date > cast(:as_of - interval 90 day as date)
  group by person_token)
select f.ent_id, :as_of as snapshot_date, greatest(coalesce(tel.n, 0), coalesce(lia.n, 0)) as same_tel_cnt,
       coalesce(h.n, 0) as agent_reg_90d,
       cast(case when greatest(coalesce(tel.n, 0), coalesce(lia.n, 0)) >= 200 then 1 else 0 end as smallint) as is_known_agent
from f
left join tel on tel.tel_token = f.tel_token
left join lia on lia.liaison = f.liaison
left join handled h on h.person_token = f.agent
