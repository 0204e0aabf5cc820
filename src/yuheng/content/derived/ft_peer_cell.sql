/* ---
name: ft_peer_cell
name_zh: 同规模同行业投诉与被诉强度
description: >-
  Complaints (1 year) and lawsuits as defendant (2 years) against the number expected for the cell size class x industry division.
  Cell rates shrink to size class x section, that one to the size class, with a prior of 50 firm-years; the firm's own ratio has prior 1.
  Exposure is summed in whole days, so the rates do not depend on the order of summing.
grain: firm
keys: [ent_id]
inputs: [ent_base, case_12315, litigation]
snapshot: true
columns:
  ent_id: {type: BIGINT, name_zh: 主体编号}
  snapshot_date: {type: DATE, name_zh: 快照日期}
  size_class: {type: VARCHAR, name_zh: 规模}
  sec: {type: VARCHAR, name_zh: 行业门类}
  dv: {type: VARCHAR, name_zh: 行业大类}
  complaints: {type: BIGINT, name_zh: 投诉数}
  complaints_expected: {type: DOUBLE, name_zh: 期望投诉数}
  complaints_ratio: {type: DOUBLE, name_zh: 投诉比}
  lawsuits: {type: BIGINT, name_zh: 被诉数}
  lawsuits_expected: {type: DOUBLE, name_zh: 期望被诉数}
  lawsuits_ratio: {type: DOUBLE, name_zh: 被诉比}
--- */
with c as (
  select ent_id, count(*) as n from case_12315
  where ent_id is not null and case_type = 'COMPLAINT' and is_duplicate = 0 and accept_date <= :as_of
    and accept_date > cast(:as_of - interval 365 day as date)
  group by ent_id),
s as (
  select ent_id, count(distinct case_no) as n from litigation
  where ent_id is not null and role = 'DEFENDANT' and instance = 1 and filed_date <= :as_of
    and filed_date > cast(:as_of - interval 730 day as date)
  group by ent_id),
f as (
  select b.ent_id, coalesce(b.size_class, 'U') as size_class, coalesce(b.industry_sec, 'U') as sec, coalesce(b.industry_div, 'U') as dv,
         least(date_diff('day', b.est_date, :as_of) + 1, 365) as dc, least(date_diff('day', b.est_date, :as_of) + 1, 730) as ds,
         coalesce(c.n, 0) as oc, coalesce(s.n, 0) as os
  from ent_base b left join c on c.ent_id = b.ent_id left join s on s.ent_id = b.ent_id
  where b.est_date <= :as_of and b.reg_state in ('1', '2', '5')),
n3 as (
  select size_class, sec, dv, cast(sum(oc) as bigint) as oc, cast(sum(os) as bigint) as os, cast(sum(dc) as bigint) as dc, cast(sum(ds) as bigint) as ds
  from f group by size_class, sec, dv),
n2 as (
  select size_class, sec, cast(sum(oc) as bigint) as oc, cast(sum(os) as bigint) as os, cast(sum(dc) as bigint) as dc, cast(sum(ds) as bigint) as ds
  from n3 group by size_class, sec),
r1 as (
  select size_class, cast(sum(oc) as double) / nullif(cast(sum(dc) as double) / 365, 0) as rc,
         cast(sum(os) as double) / nullif(cast(sum(ds) as double) / 365, 0) as rs
  from n2 group by size_class),
r2 as (
  select n2.size_class, n2.sec, cast(n2.oc + 50 * r1.rc as double) / nullif(cast(n2.dc as double) / 365 + 50, 0) as rc,
         cast(n2.os + 50 * r1.rs as double) / nullif(cast(n2.ds as double) / 365 + 50, 0) as rs
  from n2 join r1 on r1.size_class = n2.size_class),
r3 as (
  select n3.size_class, n3.sec, n3.dv, cast(n3.oc + 50 * r2.rc as double) / nullif(cast(n3.dc as double) / 365 + 50, 0) as rc,
         cast(n3.os + 50 * r2.rs as double) / nullif(cast(n3.ds as double) / 365 + 50, 0) as rs
  from n3 join r2 on r2.size_class = n3.size_class and r2.sec = n3.sec)
select f.ent_id, :as_of as snapshot_date, f.size_class, f.sec, f.dv, f.oc as complaints,
       round9(cast(f.dc as double) / 365 * r3.rc) as complaints_expected,
       round9(cast(f.oc + 1 as double) / nullif(cast(f.dc as double) / 365 * r3.rc + 1, 0)) as complaints_ratio, f.os as lawsuits,
       round9(cast(f.ds as double) / 365 * r3.rs) as lawsuits_expected,
       round9(cast(f.os + 1 as double) / nullif(cast(f.ds as double) / 365 * r3.rs + 1, 0)) as lawsuits_ratio
from f join r3 on r3.size_class = f.size_class and r3.sec = f.sec and r3.dv = f.dv
