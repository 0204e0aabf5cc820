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
with f as (select ent_id, tel_token, reg_state from ent_base where reg_state in ('1', '2', '5')),
liaison as (
  select ent_id, person_token from ent_liaison where ent_id is not null and person_token is not null and role = 'LIAISON'
  qualify row_number() over (partition by ent_id order by handled_date desc, known_from desc, source_key) = 1),
agent as (
  select ent_id, person_token from ent_liaison where ent_id is not null and person_token is not null
  qualify row_number() over (partition by ent_id order by case when role = 'AGENT' then 0 else 1 end, handled_date desc, known_from desc, source_key) = 1),
tel as (
  select tel_token, cast(sum(case when reg_state = '1' then 1 else 0 end) as bigint) as n from f where tel_token is not null group by tel_token),
lia as (
  select l.person_token, cast(sum(case when f.reg_state = '1' then 1 else 0 end) as bigint) as n
  from liaison l join f on f.ent_id = l.ent_id group by l.person_token),
handled as (
  select person_token, count(distinct ent_id) as n from ent_liaison
  where ent_id is not null and person_token is not null and handled_date <= :as_of and handled_date > cast(:as_of - interval 90 day as date)
  group by person_token)
select f.ent_id, :as_of as snapshot_date, greatest(coalesce(tel.n, 0), coalesce(lia.n, 0)) as same_tel_cnt,
       coalesce(h.n, 0) as agent_reg_90d,
       cast(case when greatest(coalesce(tel.n, 0), coalesce(lia.n, 0)) >= 200 then 1 else 0 end as smallint) as is_known_agent
from f
left join tel on tel.tel_token = f.tel_token
left join liaison l on l.ent_id = f.ent_id
left join lia on lia.person_token = l.person_token
left join agent g on g.ent_id = f.ent_id
left join handled h on h.person_token = g.person_token
