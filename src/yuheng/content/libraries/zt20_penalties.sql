/* ---
id: ZT20
name_zh: 行政处罚专题库
name_en: Penalties
domain: 执法
description: >-
  Penalty decisions with domain, kinds, amounts, performance, repair and revocation.
grain: decision
keys: [src_system, src_pk]
sensitivity: L1
freshness_days: 1
sources: [S-PUN]
inputs: [ent_penalty]
record: p
spine: ent_penalty
columns:
  ent_id: {type: BIGINT, name_zh: 主体编号}
  doc_no: {type: VARCHAR, name_zh: 决定书文号, level: L1}
  decide_date: {type: DATE, name_zh: 决定日期, level: L1}
  domain: {type: VARCHAR, name_zh: 违法领域, level: L1, codes: penalty_domain}
  pen_types: {type: VARCHAR, name_zh: 处罚种类, level: L1}
  is_severe: {type: SMALLINT, name_zh: 是否较重处罚, level: L1}
  fine_wan: {type: "DECIMAL(18,6)", name_zh: 罚款(万元), level: L1}
  forfeit_wan: {type: "DECIMAL(18,6)", name_zh: 没收(万元), level: L1}
  perform_due: {type: DATE, name_zh: 履行期限, level: L1}
  performed_date: {type: DATE, name_zh: 履行日期, level: L1}
  repair_date: {type: DATE, name_zh: 修复日期, level: L1}
  revoke_date: {type: DATE, name_zh: 撤销日期, level: L1}
  state: {type: VARCHAR, name_zh: 状态, level: L1}
  dept: {type: VARCHAR, name_zh: 处罚机关, level: L1}
  counts_now: {type: SMALLINT, name_zh: 当日是否计入, level: L1, description: "1 while neither revoked nor repaired on the day"}
checks:
  - {id: doc_no, rule: "doc_no is not null", action: flag, reason: 文号缺失}
  - {id: amounts, rule: "coalesce(fine_wan, 0) >= 0 and coalesce(forfeit_wan, 0) >= 0", action: stop, reason: 金额为负}
  - {id: firm_known, rule: "ent_id is not null", action: flag, reason: 未关联到主体}
--- */
select p.ent_id, p.pen_dec_no as doc_no, p.decide_date, p.domain, p.pen_types, p.is_severe, p.fine_wan, p.forfeit_wan, p.perform_due, p.performed_date,
       p.repair_date, p.revoke_date, p.state, p.dept,
       cast(case when coalesce(p.revoke_date, date '9999-12-31') > :as_of and coalesce(p.repair_date, date '9999-12-31') > :as_of
            then 1 else 0 end as smallint) as counts_now
from ent_penalty p
