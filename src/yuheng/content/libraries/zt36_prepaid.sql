/* ---
id: ZT36
name_zh: 预付卡与重点消费领域专题库
name_en: Prepaid consumption
domain: 维权
description: >-
  Firms that issue prepaid cards, with the newest balance they reported, what is in custody, and the complaints
  of a year against them.
grain: firm x filing
keys: [src_system, filing_no]
sensitivity: L3
freshness_days: 1
sources: [S-12315, S-MOFCOM]
inputs: [case_12315, prepaid_card]
record: p
spine: prepaid_card
columns:
  ent_id: {type: BIGINT, name_zh: 主体编号}
  filing_no: {type: VARCHAR, name_zh: 备案编号, level: L1}
  card_type: {type: VARCHAR, name_zh: 发卡类别, level: L1}
  as_of_date: {type: DATE, name_zh: 数据日期, level: L1}
  balance_wan: {type: "DECIMAL(18,6)", name_zh: 预收资金余额(万元), level: L3}
  deposit_wan: {type: "DECIMAL(18,6)", name_zh: 存管资金(万元), level: L3}
  custody_ratio: {type: DOUBLE, name_zh: 存管比例, level: L3}
  complaint_cnt: {type: BIGINT, name_zh: 近一年投诉数}
--- */
with p as (
  select * from prepaid_card qualify row_number() over (partition by source, filing_no order by as_of_date desc, known_from desc, source_key) = 1),
c as (
  select ent_id, count(*) as complaint_cnt from case_12315
  where ent_id is not null and case_type = 'COMPLAINT' and coalesce(is_duplicate, 0) = 0 and event_date > cast(:as_of - interval 365 day as date) group by ent_id)
select p.ent_id, p.filing_no, p.card_kind as card_type, p.as_of_date, p.balance_wan, p.deposit_wan,
       cast(p.deposit_wan as double) / nullif(cast(p.balance_wan as double), 0) as custody_ratio, coalesce(c.complaint_cnt, 0) as complaint_cnt
from p left join c on c.ent_id = p.ent_id
