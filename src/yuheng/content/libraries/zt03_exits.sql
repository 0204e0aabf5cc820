/* ---
id: ZT03
name_zh: 注吊销主体专题库
name_en: Exits
domain: 主体
description: >-
  Entities that left the register's living stock: revoked, cancelled, annulled or moved away, with the days they
  lived and whether the simple way of cancelling was used.
grain: entity x exit
keys: [ent_id, exit_type]
sensitivity: L2
freshness_days: 1
sources: [S-REG]
inputs: [ent_cancel, ent_revoke, zt01]
columns:
  ent_id: {type: BIGINT, name_zh: 主体编号}
  exit_type: {type: VARCHAR, name_zh: 退出类型, level: L1, description: "REVOKED, REVOKED_CANCELLED, CANCELLED, ANNULLED, MOVED, OTHER"}
  exit_date: {type: DATE, name_zh: 退出日期, level: L1}
  life_days: {type: BIGINT, name_zh: 存续天数, level: L1}
  simple_cancel_flag: {type: SMALLINT, name_zh: 是否简易注销, level: L1}
  reason: {type: VARCHAR, name_zh: 原因, level: L1}
  ent_category: {type: VARCHAR, name_zh: 主体大类, level: L1, codes: ent_category}
  industry_sec: {type: VARCHAR, name_zh: 行业门类, level: L1}
  region_code: {type: VARCHAR, name_zh: 行政区划, level: L1}
checks:
  - {id: alive_no_exit, rule: "exit_type <> 'OTHER'", action: flag, reason: 有退出日期而登记状态仍为存续}
--- */
with c as (
  select ent_id, is_simple, reason from ent_cancel where ent_id is not null
  qualify row_number() over (partition by ent_id order by cancel_date desc, known_from desc, source, source_key) = 1),
r as (
  select ent_id, reason from ent_revoke where ent_id is not null
  qualify row_number() over (partition by ent_id order by revoke_date desc, known_from desc, source, source_key) = 1)
select z.ent_id,
       case z.reg_state when '2' then 'REVOKED' when '3' then 'REVOKED_CANCELLED' when '4' then 'CANCELLED' when '5' then 'ANNULLED'
            when '6' then 'MOVED' else 'OTHER' end as exit_type,
       z.exit_date, z.life_days, case when z.reg_state in ('3', '4') then c.is_simple end as simple_cancel_flag,
       case when z.reg_state = '2' then r.reason when z.reg_state in ('3', '4') then coalesce(c.reason, r.reason) end as reason,
       z.ent_category, z.industry_sec, z.region_code
from zt01 z left join c on c.ent_id = z.ent_id left join r on r.ent_id = z.ent_id where z.exit_date <= :as_of
