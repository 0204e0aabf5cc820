-- The rating of one day as one hand-tuned DuckDB script: the yardstick of `bench_rate.py`.
--
-- It reads the same lake files as `yuheng rate` (@table stands for the rows of a standard table known on :D) and writes the
-- same values, points, scores and grades, but nothing else: no derived tables, no versions, no commits. Everything is
-- spelt out for these 81 indicators and two gradings. `-- clusters` runs the same compiled graph code on table edge.

set preserve_insertion_order = false;
set disabled_optimizers = 'join_order,build_side_probe_side';
create macro round9(x) as case when abs(x) < 1000000 then floor(x * 1000000000 + 0.5) / 1000000000 else x end;

-- 1. firms -----------------------------------------------------------------------------------------------------------

create temp table late as
  with twice as (select ent_id from @ent_registration where ent_id is not null group by ent_id having count(*) > 1)
  select e.ent_id, e.source, e.source_key from @ent_registration e join twice t on t.ent_id = e.ent_id
  qualify row_number() over (partition by e.ent_id order by e.known_from desc, e.source desc, e.source_key) > 1;

create temp table addr as
  select region_code, addr_norm, min(verify_level) as level, max(is_cluster_reg = 1 and coalesce(filed_to, date '9999-12-31') > :D) as cluster
  from @addr_std where addr_norm is not null group by all;

create temp table shop as
  select ent_id, shop_id, check_date, shop_status, licence_shown, info_match, rating, rating_cnt from @online_shop where check_date <= :D
  qualify row_number() over (partition by shop_id order by check_date desc, ent_id nulls last, source_key) = 1;

create temp table active as
  select ent_id, max(event_date) as d from (
    select ent_id, event_date from @ent_change union all select ent_id, event_date from @ent_investor
    union all select ent_id, event_date from @ent_member union all select ent_id, event_date from @ent_liaison
    union all select ent_id, event_date from @ent_annual_report union all select ent_id, event_date from @ent_instant_publish
    union all select ent_id, event_date from @ent_license union all select ent_id, event_date from @credit_commitment
    union all select ent_id, event_date from @food_sampling union all select ent_id, event_date from @product_spotcheck
    union all select ent_id, event_date from @case_12315
    union all select ent_id, event_date from @ent_tax_status where coalesce(is_abnormal, 0) = 0
    union all select ent_id, event_date from @ent_social where insured_cnt > 0
    union all select ent_id, event_date from @equity_pledge union all select ent_id, event_date from @ip_pledge
    union all select ent_id, event_date from @ent_ip
    union all select ent_id, event_date from @ent_inspection where concat(',', replace(result_code, ' ', ''), ',') not like '%,05,%'
    union all select ent_id, event_date from @online_shop where shop_status = 'OPEN')
  where ent_id is not null group by ent_id;

create temp table base as
  with sens_code as (
    select c.industry_code, coalesce(s.scope_keyword, '') as word
    from (select distinct industry_code from @ent_registration) c join sensitive_industry s on starts_with(c.industry_code, s.industry_prefix)
    where coalesce(s.valid_from, date '1900-01-01') <= :D and coalesce(s.valid_to, date '9999-12-31') > :D),
  sens as (
    select distinct e.ent_id from @ent_registration e join sens_code s on s.industry_code = e.industry_code
    left join late l on l.ent_id = e.ent_id and l.source = e.source and l.source_key = e.source_key
    where l.ent_id is null and (s.word = '' or contains(coalesce(e.op_scope, ''), s.word))),
  seller as (select distinct ent_id from shop where ent_id is not null and coalesce(shop_status, 'OPEN') <> 'OFFLINE'),
  closure as (
    select ent_id, closed_from <= :D and coalesce(closed_to, date '9999-12-31') > :D as closed from @ent_closure where ent_id is not null
    qualify row_number() over (partition by ent_id order by closed_from desc, known_from desc, source_key) = 1)
  select r.ent_id, r.uscc, r.region_code, r.ent_category, r.ent_type, t.org_form, r.lr_is_person, r.size_class, r.industry_code, r.industry_sec, r.industry_div,
    r.reg_state, r.est_date, r.exit_date, r.reg_cap_wan, r.lr_token, r.lr_birth_date, r.tel_token,
    case when r.addr_norm is not null and r.region_code is not null then r.region_code || '|' || r.addr_norm end as addr_key,
    case when r.addr_norm is not null then coalesce(a.level, 2) end as level, coalesce(a.cluster, false) as cluster,
    sens.ent_id is not null as sens, seller.ent_id is not null as seller, coalesce(c.closed, false) as closed,
    greatest(r.est_date, case when r.appr_date <= :D then r.appr_date else r.est_date end, coalesce(active.d, r.est_date)) as last_day
  from @ent_registration r
  left join late l on l.ent_id = r.ent_id and l.source = r.source and l.source_key = r.source_key
  left join ent_type t on t.code = r.ent_type
  left join addr a on a.region_code = r.region_code and a.addr_norm = r.addr_norm
  left join sens on sens.ent_id = r.ent_id
  left join seller on seller.ent_id = r.ent_id
  left join closure c on c.ent_id = r.ent_id
  left join active on active.ent_id = r.ent_id
  where r.ent_id is not null and l.ent_id is null;
drop table addr;
drop table active;

-- 2. tiers: penalties, failed samples and complaints of 36 months per 1,000 firm-years, shrunk ----------------------------

create temp table event36 as
  select ent_id, count(*) as n from (
    select ent_id, decide_date as d from @ent_penalty
    union all select ent_id, report_date from @food_sampling where result = 'FAIL' and is_responsible = 1
    union all select ent_id, report_date from @product_spotcheck where result = 'FAIL' and is_responsible = 1
    union all select ent_id, accept_date from @case_12315 where case_type = 'COMPLAINT' and is_duplicate = 0)
  where ent_id is not null and d <= date '2025-12-31' and d > cast(date '2025-12-31' - interval 1095 day as date) group by ent_id;

create temp table exposed as
  select ent_id, min(ent_type) as ent_type, min(industry_div) as industry_div,
    greatest(date_diff('day', greatest(min(est_date), cast(date '2025-12-31' - interval 1095 day as date)),
      least(max(coalesce(exit_date, date '9999-12-31')), date '2025-12-31')), 0) as days
  from @ent_registration where ent_id is not null group by ent_id
  having min(est_date) <= date '2025-12-31' and max(coalesce(exit_date, date '9999-12-31')) > cast(date '2025-12-31' - interval 1095 day as date);

create macro tier(x) as cast(case when x <= 0.5 then 0 when x <= 0.9 then 1 when x <= 1.5 then 2 when x <= 2.5 then 3 when x is not null then 4 end as smallint);
create temp table tier_type as
  with cell as (select ent_type, sum(days) as days, cast(sum(coalesce(n, 0)) as bigint) as events from exposed left join event36 using (ent_id) where ent_type is not null group by ent_type),
  total as (select cast(sum(events) as double) / nullif(cast(sum(days) as double) / 365, 0) as rate from cell)
  select ent_type, tier(cast(cast(events + 50 * rate as double) / nullif(cast(days as double) / 365 + 50, 0) as double) / nullif(rate, 0)) as tier from cell cross join total;
create temp table tier_industry as
  with cell as (select industry_div, sum(days) as days, cast(sum(coalesce(n, 0)) as bigint) as events from exposed left join event36 using (ent_id) where industry_div is not null group by industry_div),
  total as (select cast(sum(events) as double) / nullif(cast(sum(days) as double) / 365, 0) as rate from cell)
  select industry_div, tier(cast(cast(events + 50 * rate as double) / nullif(cast(days as double) / 365 + 50, 0) as double) / nullif(rate, 0)) as tier from cell cross join total;
drop table exposed;
drop table event36;

-- 3. features across firms -----------------------------------------------------------------------------------------------

create temp table bad as
  select ent_id, bool_or(kind = 1) as barred from (
    select ent_id, 0 as kind from base where reg_state in ('2', '3', '5')
    union all select ent_id, 0 from @ent_abnormal where in_date <= :D and coalesce(out_date, date '9999-12-31') > :D
    union all select ent_id, 1 from @ent_serious where in_date <= :D and coalesce(out_date, date '9999-12-31') > :D and link_basis in ('USCC', 'NAME_REGION_LR')
    union all select ent_id, 1 from @judicial_dishonest where publish_date <= :D and coalesce(exit_date, date '9999-12-31') > :D and link_basis in ('USCC', 'NAME_REGION_LR'))
  where ent_id is not null group by ent_id;

create temp table ft_address as
  with f as (select b.ent_id, b.addr_key, b.cluster, b.reg_state, x.ent_id is not null as bad from base b left join bad x on x.ent_id = b.ent_id where b.reg_state in ('1', '2', '5')),
  a as (select addr_key, count(*) as n, count(*) filter (reg_state = '1') as active, count(*) filter (bad) as bad from f where addr_key is not null group by addr_key having count(*) > 1)
  select f.ent_id, f.cluster, case when f.addr_key is null then null else coalesce(a.active, cast(f.reg_state = '1' as bigint)) end as active,
    case when f.addr_key is not null then round9(coalesce(cast(a.bad - cast(f.bad as integer) as double) / nullif(a.n - 1, 0), 0)) end as ratio
  from f left join a on a.addr_key = f.addr_key;

create temp table ft_contact as
  with person as (
    select ent_id, count(*) as people, max(person_token) as person, count(*) filter (role = 'LIAISON') as liaisons, max(person_token) filter (role = 'LIAISON') as liaison,
      count(*) filter (role = 'AGENT') as agents, max(person_token) filter (role = 'AGENT') as agent
    from @ent_liaison where ent_id is not null and person_token is not null group by ent_id),
  liaison as (
    select l.ent_id, l.person_token from @ent_liaison l join person p on p.ent_id = l.ent_id
    where p.liaisons > 1 and l.person_token is not null and l.role = 'LIAISON'
    qualify row_number() over (partition by l.ent_id order by l.handled_date desc, l.known_from desc, l.source_key) = 1),
  agent as (
    select l.ent_id, l.person_token from @ent_liaison l join person p on p.ent_id = l.ent_id
    where (p.agents > 1 or p.agents = 0 and p.people > 1) and l.person_token is not null
    qualify row_number() over (partition by l.ent_id order by case when l.role = 'AGENT' then 0 else 1 end, l.handled_date desc, l.known_from desc, l.source_key) = 1),
  f as (
    select b.ent_id, b.tel_token, b.reg_state = '1' as live, case when p.liaisons = 1 then p.liaison else l.person_token end as liaison,
      case when p.agents = 1 then p.agent when p.agents = 0 and p.people = 1 then p.person else a.person_token end as agent
    from base b left join person p on p.ent_id = b.ent_id left join liaison l on l.ent_id = b.ent_id left join agent a on a.ent_id = b.ent_id
    where b.reg_state in ('1', '2', '5')),
  tel as (select tel_token, count(*) filter (live) as n from f where tel_token is not null group by tel_token having count(*) > 1),
  lia as (select liaison, count(*) filter (live) as n from f where liaison is not null group by liaison having count(*) > 1),
  handled as (
    select person_token, count(distinct ent_id) as n from @ent_liaison
    where ent_id is not null and person_token is not null and handled_date <= :D and handled_date > cast(:D - interval 90 day as date) group by person_token)
  select f.ent_id, coalesce(h.n, 0) as registrations,
    greatest(case when f.tel_token is null then 0 else coalesce(tel.n, cast(f.live as bigint)) end, case when f.liaison is null then 0 else coalesce(lia.n, cast(f.live as bigint)) end) as same
  from f left join tel on tel.tel_token = f.tel_token left join lia on lia.liaison = f.liaison left join handled h on h.person_token = f.agent;

create temp table ft_person as
  with f as (
    select b.ent_id, b.lr_token, b.reg_state, b.exit_date, coalesce(b.ent_category, '') not in ('4', '5') as enterprise, x.ent_id is not null as bad
    from base b left join bad x on x.ent_id = b.ent_id where b.lr_is_person = 1),
  p as (
    select lr_token, count(*) filter (reg_state = '1' and enterprise) as active, count(*) as n, count(*) filter (bad) as bad,
      count(*) filter (reg_state = '4' and exit_date <= :D and exit_date > cast(:D - interval 730 day as date)) as cancelled,
      coalesce(bool_or(reg_state in ('2', '3') and exit_date <= :D and exit_date > cast(:D - interval 1095 day as date)), false) as restricted
    from f where lr_token is not null group by lr_token)
  select f.ent_id, p.active, case when p.n is not null then round9(coalesce(cast(p.bad - cast(f.bad as integer) as double) / nullif(p.n - 1, 0), 0)) end as ratio,
    p.cancelled, cast(p.restricted as integer) as restricted
  from f left join p on p.lr_token = f.lr_token where f.reg_state in ('1', '2', '5');

create temp table holder as
  select ent_id, inv_kind, inv_token, coalesce(share_ratio, 1) >= 0.05 as counts from @ent_investor
  where ent_id is not null and inv_token is not null and in_date <= :D and coalesce(out_date, date '9999-12-31') > :D;

create temp table edge as
  with f as (
    select b.ent_id, b.uscc, b.lr_token, b.addr_key, b.cluster, b.tel_token, coalesce(c.same, 0) >= 200 as agent
    from base b left join ft_contact c on c.ent_id = b.ent_id where b.reg_state in ('1', '2', '5')),
  i as (select h.ent_id, h.inv_kind, h.inv_token from holder h semi join f on f.ent_id = h.ent_id where h.counts and h.inv_kind in ('PERSON', 'ENTERPRISE')),
  e as (
    select ent_id, 'P' as kind, lr_token as token from f where lr_token is not null
    union all select ent_id, substr(inv_kind, 1, 1), inv_token from i
    union all select f.ent_id, 'E', f.uscc from f semi join (select inv_token from i where inv_kind = 'ENTERPRISE') k on k.inv_token = f.uscc
    union all select ent_id, 'A', addr_key from f where addr_key is not null and not cluster
    union all select ent_id, 'T', tel_token from f where tel_token is not null and not agent),
  shared as (select kind, token from e group by all having min(ent_id) < max(ent_id)),
  g as (select distinct e.ent_id, e.kind, e.token from e join shared s on s.kind = e.kind and s.token = e.token),
  n as (select kind, token, cast('0x' || substr(md5(kind || ':' || token), 1, 15) as bigint) as node_id from g group by all having count(*) <= case when kind in ('P', 'E') then 500 else 50 end)
  select g.ent_id, n.node_id, cast(g.kind in ('P', 'E') as smallint) as strong, case when g.kind in ('P', 'E') then 1e0 else 0.5e0 end as weight,
    cast(x.ent_id is not null as smallint) as seed, cast(b.est_date > cast(:D - interval 90 day as date) as smallint) as is_new
  from g join n on n.kind = g.kind and n.token = g.token join base b on b.ent_id = g.ent_id left join bad x on x.ent_id = g.ent_id;
-- clusters

create temp table ft_graph as
  with owned as (select distinct ent_id, inv_token from holder where inv_kind = 'ENTERPRISE'),
  held as (select h.ent_id, count(*) as n from owned o join base h on h.uscc = o.inv_token group by h.ent_id),
  bad_e as (select b.uscc as token from base b join bad x on x.ent_id = b.ent_id where x.barred and b.uscc is not null),
  bad_p as (
    select distinct lr_token as token from base
    where lr_token is not null and reg_state in ('2', '3') and exit_date <= :D and exit_date > cast(:D - interval 1095 day as date)),
  hold as (
    select ent_id, count(*) as n from (
      select distinct h.ent_id, h.inv_kind, h.inv_token from holder h semi join bad_e b on b.token = h.inv_token where h.counts and h.inv_kind = 'ENTERPRISE'
      union all select distinct h.ent_id, h.inv_kind, h.inv_token from holder h semi join bad_p b on b.token = h.inv_token where h.counts and coalesce(h.inv_kind, '') <> 'ENTERPRISE')
    group by ent_id)
  select coalesce(c.ent_id, held.ent_id, hold.ent_id) as ent_id, c.cluster_risk, c.cluster_new_90d, coalesce(held.n, 0) as held, coalesce(hold.n, 0) as bad_holders
  from cluster c full join held on held.ent_id = c.ent_id full join hold on hold.ent_id = coalesce(c.ent_id, held.ent_id);
drop table holder;
drop table edge;

create temp table ft_peer as
  with c as (
    select ent_id, count(*) as n from @case_12315 where ent_id is not null and case_type = 'COMPLAINT' and is_duplicate = 0 and accept_date <= :D
      and accept_date > cast(:D - interval 365 day as date) group by ent_id),
  s as (
    select ent_id, count(distinct case_no) as n from @litigation where ent_id is not null and role = 'DEFENDANT' and instance = 1 and filed_date <= :D
      and filed_date > cast(:D - interval 730 day as date) group by ent_id),
  f as (
    select b.ent_id, coalesce(b.size_class, 'U') as size_class, coalesce(b.industry_sec, 'U') as sec, coalesce(b.industry_div, 'U') as dv,
      least(date_diff('day', b.est_date, :D) + 1, 365) as dc, least(date_diff('day', b.est_date, :D) + 1, 730) as ds, coalesce(c.n, 0) as oc, coalesce(s.n, 0) as os
    from base b left join c on c.ent_id = b.ent_id left join s on s.ent_id = b.ent_id where b.est_date <= :D and b.reg_state in ('1', '2', '5')),
  n3 as (select size_class, sec, dv, cast(sum(oc) as double) as oc, cast(sum(os) as double) as os, cast(sum(dc) as double) as dc, cast(sum(ds) as double) as ds from f group by all),
  n2 as (select size_class, sec, sum(oc) as oc, sum(os) as os, sum(dc) as dc, sum(ds) as ds from n3 group by all),
  r1 as (select size_class, sum(oc) / nullif(sum(dc) / 365, 0) as rc, sum(os) / nullif(sum(ds) / 365, 0) as rs from n2 group by all),
  r2 as (
    select n2.size_class, n2.sec, (n2.oc + 50 * r1.rc) / nullif(n2.dc / 365 + 50, 0) as rc, (n2.os + 50 * r1.rs) / nullif(n2.ds / 365 + 50, 0) as rs
    from n2 join r1 on r1.size_class = n2.size_class),
  r3 as (
    select n3.size_class, n3.sec, n3.dv, (n3.oc + 50 * r2.rc) / nullif(n3.dc / 365 + 50, 0) as rc, (n3.os + 50 * r2.rs) / nullif(n3.ds / 365 + 50, 0) as rs
    from n3 join r2 on r2.size_class = n3.size_class and r2.sec = n3.sec)
  select f.ent_id, round9(cast(f.oc + 1 as double) / nullif(cast(f.dc as double) / 365 * r3.rc + 1, 0)) as complaints,
    round9(cast(f.os + 1 as double) / nullif(cast(f.ds as double) / 365 * r3.rs + 1, 0)) as lawsuits
  from f join r3 on r3.size_class = f.size_class and r3.sec = f.sec and r3.dv = f.dv;

create temp table ft_surge as
  select ent_id, round9(cast(count(*) filter (accept_date > cast(:D - interval 30 day as date)) + 1 as double)
    / nullif(cast(count(*) filter (accept_date <= cast(:D - interval 30 day as date)) as double) / 6 + 1, 0)) as ratio
  from @case_12315
  where ent_id is not null and case_type = 'COMPLAINT' and is_duplicate = 0 and accept_date <= :D and accept_date > cast(:D - interval 210 day as date) group by ent_id;

-- 4. one row per firm and table of records ---------------------------------------------------------------------------------

create temp table a_change as
  select ent_id, count(*) filter (alt_date > :D - 365) as n_1y, count(*) filter (alt_item = 'DOM') as n_dom, count(*) filter (alt_item = 'LE_REP') as n_rep,
    count(*) filter (alt_item = 'KEY_PERSON' and alt_date > :D - 365) as n_key, count(*) filter (alt_item = 'OP_SCOPE' and sec_before <> sec_after) as n_scope,
    count(*) filter (alt_item = 'REG_CAP' and alt_date > :D - 365) as n_cap,
    max(case when num_before = num_after then 1 when least(num_before, num_after) <= 0 then 99
      else greatest(cast(num_after as double) / nullif(num_before, 0), cast(num_before as double) / nullif(num_after, 0)) end) filter (alt_item = 'REG_CAP' and alt_date > :D - 365) as cap
  from @ent_change where ent_id is not null and alt_date <= :D and alt_date > :D - 730 group by ent_id;

create temp table a_investor as
  select ent_id, cast(sum(paid_am_wan) as double) / nullif(sum(sub_am_wan), 0) as paid, count(*) filter (sub_due_date < :D and coalesce(paid_am_wan, 0) < sub_am_wan) as overdue
  from @ent_investor where ent_id is not null and in_date <= :D and coalesce(out_date, date '9999-12-31') > :D group by ent_id;

create temp table rule as
  with rule as (
    select coalesce(industry_prefix, '') as prefix, coalesce(scope_keyword, '') as word, req_lic_type from license_requirement
    where coalesce(valid_from, date '1900-01-01') <= :D and coalesce(valid_to, date '9999-12-31') > :D)
  select c.industry_code, r.word, r.req_lic_type from (select distinct industry_code from base where industry_code is not null) c join rule r on starts_with(c.industry_code, r.prefix);
create temp table lic as
  select ent_id, lic_id, lic_type, coalesce(site_key, '') as site_key, valid_from, coalesce(valid_to, date '9999-12-31') as till, valid_to, state_date,
    case when state_date > :D then 'VALID' else state end as state
  from @ent_license where ent_id is not null and issue_date <= :D;
create temp table a_gap as
  with need as (
    select distinct e.ent_id, p.req_lic_type from @ent_registration e join rule p on p.industry_code = e.industry_code
    where e.ent_id is not null and e.reg_state = '1' and (p.word = '' or contains(e.op_scope, p.word))),
  held as (select distinct ent_id, lic_type from lic where state = 'VALID' and coalesce(valid_from, date '1900-01-01') <= :D and till >= :D)
  select n.ent_id, count(*) as n from need n anti join held h on h.ent_id = n.ent_id and h.lic_type = n.req_lic_type group by n.ent_id;
create temp table a_license as
  with status as (
    select l.ent_id, l.lic_id, l.lic_type, l.site_key, l.valid_to, l.state_date, l.state, coalesce(bool_or(n.valid_from <= :D), false) as now, count(n.lic_id) > 0 as renewal
    from lic l left join lic n on n.ent_id = l.ent_id and n.lic_type = l.lic_type and n.site_key = l.site_key and n.lic_id <> l.lic_id
      and n.state = 'VALID' and n.till >= :D and n.till > coalesce(l.valid_to, date '1900-01-01')
    group by l.ent_id, l.lic_id, l.lic_type, l.site_key, l.valid_to, l.state_date, l.state)
  select ent_id, count(distinct lic_type || '/' || site_key) filter (not now and (state = 'EXPIRED' or (state = 'VALID' and valid_to < :D))) as expired,
    count(distinct lic_type || '/' || site_key) filter (state = 'VALID' and not renewal and valid_to >= :D and valid_to < :D + 90) as expiring,
    count(distinct lic_id) filter (state in ('REVOKED', 'WITHDRAWN', 'RESCINDED') and state_date <= :D and state_date > :D - 1095) as revoked
  from status
  where (not now and (state = 'EXPIRED' or (state = 'VALID' and valid_to < :D))) or (state = 'VALID' and not renewal and valid_to >= :D and valid_to < :D + 90)
    or (state in ('REVOKED', 'WITHDRAWN', 'RESCINDED') and state_date <= :D and state_date > :D - 1095)
  group by ent_id;

create temp table near as
  select region_code, report_year, due_date, row_number() over (partition by region_code order by report_year desc) as place
  from (select g.region_code, c.report_year, max(c.due_date) as due_date from (select distinct region_code from base where region_code is not null) g
    join report_calendar c on starts_with(g.region_code, coalesce(c.region_prefix, '')) group by all) where due_date < :D;
create temp table rep as
  select ent_id, report_year, min(reported_at) as reported_at, count(*) - 1 as revised, nullif(arg_max(coalesce(all_zero, -1), version_no * 10 + coalesce(all_zero, -1)), -1) as zero
  from @ent_annual_report where ent_id is not null and reported_at <= :D and version_no is not null group by ent_id, report_year;
create temp table a_duty as
  with due as (
    select b.ent_id, n.report_year, n.due_date, n.place from base b join near n on n.region_code = b.region_code
    where b.reg_state in ('1', '2', '5') and b.exit_date is null and n.place <= 3 and year(b.est_date) <= n.report_year
    union all
    select b.ent_id, n.report_year, n.due_date, row_number() over (partition by b.ent_id order by n.report_year desc) as place
    from base b join near n on n.region_code = b.region_code
    where b.reg_state in ('1', '2', '5') and b.exit_date > n.due_date and year(b.est_date) <= n.report_year qualify place <= 3)
  select d.ent_id, max(d.report_year) as newest, count(*) filter (coalesce(r.reported_at, date '9999-12-31') > d.due_date) as missed,
    count(*) filter (r.zero = 1) as zero, coalesce(sum(r.revised) filter (d.place <= 2), 0) as revised, count(*) filter (d.place <= 2) as last_two
  from due d left join rep r on r.ent_id = d.ent_id and r.report_year = d.report_year group by d.ent_id;
create temp table a_report as
  with newest as (select ent_id, max(report_year) as y from rep group by ent_id),
  v as (
    select e.ent_id, e.report_year, n.y, e.all_zero, e.asset_wan, e.liab_wan, e.equity_wan, e.revenue_wan, e.prev_revenue_wan, e.net_profit_wan, e.guarantee_wan
    from @ent_annual_report e join newest n on n.ent_id = e.ent_id where e.reported_at <= :D and e.report_year >= n.y - 1
    qualify row_number() over (partition by e.ent_id, e.report_year order by e.version_no desc, e.reported_at desc, e.source_key) = 1),
  l as (
    select v.*, coalesce(v.prev_revenue_wan, p.revenue_wan) as before
    from v left join v p on p.ent_id = v.ent_id and p.report_year = v.y - 1 and p.report_year >= year(:D) - 4 where v.report_year = v.y)
  select l.ent_id,
    case when asset_wan is null or liab_wan is null then null when asset_wan <= 0 then 9.99 else cast(liab_wan as double) / nullif(asset_wan, 0) end as debt,
    case when before = 0 and revenue_wan > 0 then 9.99 else cast(revenue_wan as double) / nullif(before, 0) - 1 end as growth,
    case when coalesce(revenue_wan, 0) <= 0 and net_profit_wan < 0 then -0.99 when revenue_wan <= 0 then null else cast(net_profit_wan as double) / nullif(revenue_wan, 0) end as margin,
    case when coalesce(guarantee_wan, 0) = 0 then 0 when equity_wan <= 0 then 9.99 else cast(guarantee_wan as double) / nullif(equity_wan, 0) end as guarantee
  from l left join a_duty d on d.ent_id = l.ent_id where l.all_zero = 0 and l.report_year >= coalesce(d.newest, l.report_year);
drop table rep;

create temp table a_instant as
  with duty as (
    select ent_id, item, source_key, doc_key, happened from (
      select ent_id, case when alt_item = 'REG_CAP' then 'CONTRIBUTION' else 'EQUITY' end as item, source_key, source_key as doc_key, alt_date as happened from @ent_change where alt_item in ('REG_CAP', 'INVESTOR')
      union all select ent_id, 'LICENSE', source_key, lic_id, issue_date from @ent_license
      union all select ent_id, 'IP_PLEDGE', source_key, reg_no, reg_date from @ip_pledge
      union all select ent_id, 'PENALTY', source_key, pen_dec_no, decide_date from @ent_penalty where coalesce(revoke_date, date '9999-12-31') > :D)
    where ent_id is not null and happened <= :D and happened > :D - 800),
  pub as (
    select ent_id, case when item = 'REG_CAP' then 'CONTRIBUTION' else item end as item, ref_key, min(publish_date) as d
    from @ent_instant_publish where ent_id is not null and ref_key is not null and publish_date <= :D group by all),
  due as (select a.day as happened, b.day as due_date from workday a join workday b on b.is_workday = 1 and b.workday_no = a.workday_no + 20)
  select d.ent_id, count(*) as n from duty d join due w on w.happened = d.happened
  left join pub p on p.ent_id = d.ent_id and p.item = d.item and p.ref_key = d.source_key
  left join pub q on q.ent_id = d.ent_id and q.item = d.item and q.ref_key = d.doc_key
  where w.due_date < :D and w.due_date > :D - 730 and coalesce(least(p.d, q.d), date '9999-12-31') > w.due_date group by d.ent_id;

create temp table a_social as
  with first as (select ent_id, min(month_date) filter (insured_cnt > 0) as m from @ent_social where ent_id is not null group by ent_id),
  s as (select ent_id, month_date, max(coalesce(insured_cnt, 0)) as n from @ent_social where ent_id is not null and month_date > :D - 400 group by all),
  published as (
    select distinct substr(b.region_code, 1, 2) as prefix, s.month_date from @ent_social s join base b on b.ent_id = s.ent_id where s.month_date <= :D and s.month_date > :D - 400),
  m as (
    select f.ent_id, p.month_date, coalesce(s.n, 0) as n from first f join base b on b.ent_id = f.ent_id join published p on p.prefix = substr(b.region_code, 1, 2) and p.month_date >= f.m
    left join s on s.ent_id = f.ent_id and s.month_date = p.month_date)
  select ent_id, arg_max(n, month_date) as last, max(n) as most from m group by ent_id;

create temp table a_tax as
  select ent_id, arg_max(credit_level_num, date_diff('day', date '2000-01-01', as_of_date) * 10 + credit_level_num) as level,
    arg_max(is_abnormal, date_diff('day', date '2000-01-01', as_of_date) * 10 + is_abnormal) filter (as_of_date > :D - 400) as abnormal,
    arg_max(arrears_wan, cast(date_diff('day', date '2000-01-01', as_of_date) as decimal(22, 6)) * 10000000000 + arrears_wan) filter (as_of_date > :D - 400) as arrears
  from @ent_tax_status where ent_id is not null and as_of_date <= :D and as_of_date > :D - 800 group by ent_id;

create temp table a_ip as select ent_id, count(distinct ip_no) as n from @ent_ip where ent_id is not null and grant_date <= :D and coalesce(end_date, date '9999-12-31') > :D group by ent_id;
create temp table a_cert as select ent_id, count(distinct cert_no) as n from @ent_cert where ent_id is not null and status_date <= :D and status_date > :D - 1095 and status in ('SUSPENDED', 'WITHDRAWN') group by ent_id;
create temp table a_penalty as
  select ent_id, count(*) filter (recent) as n, sum(coalesce(fine_wan, 0) + coalesce(forfeit_wan, 0)) filter (recent) as amount, count(*) filter (recent and is_severe = 1) as severe,
    count(*) filter (recent and domain in ('FOOD', 'DRUG', 'DEVICE', 'COSMETIC', 'SPECIAL_EQUIP', 'KEY_PRODUCT')) as key,
    count(*) filter (perform_due < :D and coalesce(performed_date, date '9999-12-31') > :D) as open
  from (select *, decide_date > :D - 1095 as recent from @ent_penalty
    where ent_id is not null and decide_date <= :D and (state = 'VALID' or revoke_date > :D) and coalesce(revoke_date, date '9999-12-31') > :D and coalesce(repair_date, date '9999-12-31') > :D)
  group by ent_id;
create temp table a_abnormal as
  select ent_id, max(case reason_code when '3' then 4 when '4' then 3 when '2' then 2 else 1 end) filter (coalesce(out_date, date '9999-12-31') > :D) as now,
    count(*) filter (in_date > :D - 1095 and (coalesce(out_kind, 'REMOVED') <> 'REVOKED' or coalesce(out_date, date '9999-12-31') > :D)) as listed
  from @ent_abnormal where ent_id is not null and in_date <= :D group by ent_id;
create temp table a_episode as
  with a as (
    select distinct ent_id, in_date, coalesce(out_date, date '9999-12-31') as out_date from @ent_abnormal
    where ent_id is not null and in_date <= :D and (coalesce(out_kind, 'REMOVED') <> 'REVOKED' or coalesce(out_date, date '9999-12-31') > :D)),
  p as (select *, max(out_date) over (partition by ent_id order by in_date, out_date rows between unbounded preceding and 1 preceding) as before from a),
  g as (select *, sum(case when before is null or in_date > before then 1 else 0 end) over (partition by ent_id order by in_date, out_date rows unbounded preceding) as grp from p),
  e as (select ent_id, min(in_date) as f, max(out_date) as t from g group by ent_id, grp)
  select ent_id, sum(greatest(date_diff('day', greatest(f, cast(:D - 1824 as date)), least(t, cast(:D + 1 as date))), 0)) as days from e where t > :D - 1824 group by ent_id;
create temp table a_serious as
  select ent_id, count(distinct list_code) as n from @ent_serious
  where ent_id is not null and in_date <= :D and coalesce(out_date, date '9999-12-31') > :D and link_basis in ('USCC', 'NAME_REGION_LR') group by ent_id;
create temp table a_inspection as
  select ent_id, cast(sum(is_problem) as double) / count(*) as rate, count(*) filter (concat(',', replace(result_code, ' ', ''), ',') like '%,05,%') as lost,
    count(*) filter (concat(',', replace(result_code, ' ', ''), ',') like '%,06,%') as refused
  from @ent_inspection where ent_id is not null and check_date <= :D and check_date > :D - 1095 group by ent_id;
create temp table a_food as select ent_id, count(*) as n from @food_sampling where ent_id is not null and report_date <= :D and report_date > :D - 730 and result = 'FAIL' and is_responsible = 1 group by ent_id;
create temp table a_product as select ent_id, count(*) as n from @product_spotcheck where ent_id is not null and report_date <= :D and report_date > :D - 730 and result = 'FAIL' and is_responsible = 1 group by ent_id;
create temp table a_quality as
  select ent_id, count(*) as n from @quality_event
  where ent_id is not null and event_date > :D - 1095 and is_responsible = 1 and level >= 1 and link_basis in ('USCC', 'NAME_REGION_LR') group by ent_id;
create temp table a_case as
  select ent_id, count(distinct filed_case_no) filter (case_type = 'REPORT' and filed_date <= :D and filed_date > :D - 730) as filed,
    count(*) filter (case_type = 'REPORT' and filed_date <= :D and filed_date > :D - 730) as reports,
    count(*) filter (case_type = 'COMPLAINT' and accept_date <= :D and accept_date > :D - 365) as complaints,
    count(*) filter (case_type = 'COMPLAINT' and accept_date <= :D and accept_date > :D - 365 and mediation_result in ('REFUSED', 'LOST') and mediation_date <= :D) as refused
  from @case_12315 where ent_id is not null and is_duplicate = 0 group by ent_id having reports > 0 or complaints > 0;
create temp table a_dishonest as
  select ent_id, count(distinct case_no) as n from @judicial_dishonest
  where ent_id is not null and publish_date <= :D and coalesce(exit_date, date '9999-12-31') > :D and link_basis in ('USCC', 'NAME_REGION_LR') group by ent_id;
create temp table a_exec as select ent_id, sum(coalesce(amount_wan, 0.01)) as amount from @judicial_exec where ent_id is not null and file_date <= :D and file_date > :D - 1095 group by ent_id;
create temp table a_freeze as
  select ent_id, count(distinct freeze_no) as n from @judicial_freeze
  where ent_id is not null and froz_from <= :D and coalesce(end_date, date '9999-12-31') > :D and coalesce(froz_to, :D) >= :D group by ent_id;
create temp table a_bankrupt as
  select ent_id, max(case when kind = 'VOLUNTARY_FILING' then 1 else 2 end) as kind from @bankruptcy
  where ent_id is not null and accept_date <= :D and coalesce(close_date, date '9999-12-31') > :D and (kind = 'VOLUNTARY_FILING' or link_basis in ('USCC', 'NAME_REGION_LR')) group by ent_id;
create temp table a_breach as select ent_id, count(*) as n from @credit_commitment where ent_id is not null and breached = 1 and breach_date <= :D and breach_date > :D - 1095 group by ent_id;
create temp table a_repair as
  with ev as (
    select ent_id, 'PENALTY' as kind, case when is_severe = 1 then 'SEVERE' when domain in ('FOOD', 'DRUG', 'SPECIAL_EQUIP') then 'KEY_DOMAIN' else 'NORMAL' end as severity,
      decide_date as d, repair_date as repaired
    from @ent_penalty where coalesce(revoke_date, date '9999-12-31') > :D and (state = 'VALID' or revoke_date > :D or repair_date is not null)
    union all select ent_id, 'ABNORMAL', 'NORMAL', in_date, out_date from @ent_abnormal where coalesce(out_kind, 'REMOVED') <> 'REVOKED' or coalesce(out_date, date '9999-12-31') > :D
    union all select ent_id, 'SERIOUS', 'NORMAL', in_date, out_date from @ent_serious where link_basis in ('USCC', 'NAME_REGION_LR'))
  select e.ent_id, cast(count(*) filter (coalesce(e.repaired, date '9999-12-31') > :D) as double) / count(*) as ratio
  from ev e join repair_rule r on r.event_kind = e.kind and r.severity = e.severity
    and coalesce(r.valid_from, date '1900-01-01') <= e.d and coalesce(r.valid_to, date '9999-12-31') > e.d
  where e.ent_id is not null and e.d <= :D and e.d > :D - 1825 and cast(e.d + r.min_days * interval 1 day as date) <= :D group by e.ent_id;
create temp table a_pledge as select ent_id, sum(pledge_ratio) as ratio from @equity_pledge where ent_id is not null and reg_date <= :D and coalesce(end_date, date '9999-12-31') > :D group by ent_id;
create temp table a_shop as
  select ent_id, count(distinct shop_id) filter (licence_shown = 0 and check_date > :D - 365) as hidden, count(distinct shop_id) filter (info_match = 0 and check_date > :D - 365) as mismatch,
    cast(sum(rating * rating_cnt) filter (check_date > :D - 180 and rating_cnt >= 20 and rating is not null) as double)
      / nullif(sum(rating_cnt) filter (check_date > :D - 180 and rating_cnt >= 20 and rating is not null), 0) as rating
  from shop where ent_id is not null and coalesce(shop_status, 'OPEN') <> 'OFFLINE' group by ent_id;
create temp table a_opinion as
  select ent_id, sum(severity) filter (sentiment = 'NEG' and pub_date > :D - 365) as negative, count(*) filter (sentiment = 'NEG' and pub_date > :D - 365) as n,
    count(*) filter (severity = 3 and verified_date <= :D and pub_date > :D - 90 and link_basis in ('USCC', 'NAME_REGION_LR')) as major
  from @opinion where ent_id is not null and is_event_head = 1 and pub_date <= :D and pub_date > :D - 365 group by ent_id;
create temp table a_action as select ent_id, count(distinct action_id) as n from @platform_action where ent_id is not null and action_date <= :D and action_date > :D - 365 group by ent_id;

-- 5. values: v_<id> and its case c_<id> (0 valued, 1 no row = zero, 2 no row = missing, 3 null, 4 not applicable) ------------

copy (
  select b.ent_id,
    round9(cast(date_diff('day', b.est_date, :D) as double) / 365.25) as v_operating_years, cast(0 as tinyint) as c_operating_years,
    cast(tt.tier as double) as v_enterprise_type_tier, cast(case when cast(tt.tier as double) is null then 3 else 0 end as tinyint) as c_enterprise_type_tier,
    cast(ti.tier as double) as v_industry_risk_tier, cast(case when cast(ti.tier as double) is null then 3 else 0 end as tinyint) as c_industry_risk_tier,
    cast(b.sens as double) as v_socially_sensitive_industry, cast(0 as tinyint) as c_socially_sensitive_industry,
    case when b.org_form in ('LTD', 'JOINT_STOCK', 'LEGAL_OTHER') then round9(cast(b.reg_cap_wan as double)) end as v_registered_capital_wan, cast(case when not coalesce(b.org_form in ('LTD', 'JOINT_STOCK', 'LEGAL_OTHER'), false) then 4 else case when round9(cast(b.reg_cap_wan as double)) is null then 3 else 0 end end as tinyint) as c_registered_capital_wan,
    case when b.org_form = 'LTD' then case when i.ent_id is not null then round9(i.paid) end end as v_paid_in_ratio, cast(case when not coalesce(b.org_form = 'LTD', false) then 4 else case when not coalesce(i.ent_id is not null, false) then 2 when round9(i.paid) is null then 3 else 0 end end as tinyint) as c_paid_in_ratio,
    case when b.org_form = 'LTD' then case when i.overdue > 0 then cast(i.overdue as double) else 0e0 end end as v_contribution_overdue_count, cast(case when not coalesce(b.org_form = 'LTD', false) then 4 else case when i.overdue > 0 then 0 else 1 end end as tinyint) as c_contribution_overdue_count,
    case when b.org_form in ('LTD', 'JOINT_STOCK', 'LEGAL_OTHER') then case when ch.n_cap > 0 then round9(ch.cap) else 0e0 end end as v_capital_change_multiple, cast(case when not coalesce(b.org_form in ('LTD', 'JOINT_STOCK', 'LEGAL_OTHER'), false) then 4 else case when not coalesce(ch.n_cap > 0, false) then 1 when round9(ch.cap) is null then 3 else 0 end end as tinyint) as c_capital_change_multiple,
    cast(b.level as double) as v_address_verify_level, cast(case when cast(b.level as double) is null then 3 else 0 end as tinyint) as c_address_verify_level,
    case when not fa.cluster then cast(fa.active as double) else 0e0 end as v_same_address_entity_count, cast(case when not coalesce(not fa.cluster, false) then 1 when cast(fa.active as double) is null then 3 else 0 end as tinyint) as c_same_address_entity_count,
    case when ch.n_dom > 0 then cast(ch.n_dom as double) else 0e0 end as v_address_change_count_2y, cast(case when ch.n_dom > 0 then 0 else 1 end as tinyint) as c_address_change_count_2y,
    case when b.lr_is_person = 1 then round9(cast(date_diff('day', b.lr_birth_date, :D) as double) / 365.25) end as v_legal_rep_age, cast(case when not coalesce(b.lr_is_person = 1, false) then 4 else case when round9(cast(date_diff('day', b.lr_birth_date, :D) as double) / 365.25) is null then 3 else 0 end end as tinyint) as c_legal_rep_age,
    case when fc.ent_id is not null then cast(fc.registrations as double) else 0e0 end as v_agent_registration_90d, cast(case when fc.ent_id is not null then 0 else 1 end as tinyint) as c_agent_registration_90d,
    case when b.lr_is_person = 1 then case when b.lr_token is not null and fp.ent_id is not null then cast(fp.restricted as double) else 0e0 end end as v_legal_rep_restricted, cast(case when not coalesce(b.lr_is_person = 1, false) then 4 else case when not coalesce(b.lr_token is not null and fp.ent_id is not null, false) then 1 when cast(fp.restricted as double) is null then 3 else 0 end end as tinyint) as c_legal_rep_restricted,
    case when b.org_form in ('LTD', 'JOINT_STOCK') then case when ch.n_key > 0 then cast(ch.n_key as double) else 0e0 end end as v_key_personnel_change_1y, cast(case when not coalesce(b.org_form in ('LTD', 'JOINT_STOCK'), false) then 4 else case when ch.n_key > 0 then 0 else 1 end end as tinyint) as c_key_personnel_change_1y,
    case when gap.n > 0 then cast(gap.n as double) else 0e0 end as v_required_license_missing, cast(case when gap.n > 0 then 0 else 1 end as tinyint) as c_required_license_missing,
    case when li.expired > 0 then cast(li.expired as double) else 0e0 end as v_license_expired_count, cast(case when li.expired > 0 then 0 else 1 end as tinyint) as c_license_expired_count,
    case when li.expiring > 0 then cast(li.expiring as double) else 0e0 end as v_license_expiring_90d, cast(case when li.expiring > 0 then 0 else 1 end as tinyint) as c_license_expiring_90d,
    case when li.revoked > 0 then cast(li.revoked as double) else 0e0 end as v_license_revoked_3y, cast(case when li.revoked > 0 then 0 else 1 end as tinyint) as c_license_revoked_3y,
    cast(b.reg_state in ('2', '5') as double) as v_registration_state_abnormal, cast(0 as tinyint) as c_registration_state_abnormal,
    case when ch.n_1y > 0 then cast(ch.n_1y as double) else 0e0 end as v_change_count_1y, cast(case when ch.n_1y > 0 then 0 else 1 end as tinyint) as c_change_count_1y,
    case when ch.n_rep > 0 then cast(ch.n_rep as double) else 0e0 end as v_legal_rep_change_2y, cast(case when ch.n_rep > 0 then 0 else 1 end as tinyint) as c_legal_rep_change_2y,
    case when ch.n_scope > 0 then cast(ch.n_scope as double) else 0e0 end as v_cross_industry_scope_change_2y, cast(case when ch.n_scope > 0 then 0 else 1 end as tinyint) as c_cross_industry_scope_change_2y,
    cast(case when b.closed then 0 else date_diff('day', b.last_day, :D) end as double) as v_days_since_last_activity, cast(0 as tinyint) as c_days_since_last_activity,
    case when du.missed > 0 then cast(du.missed as double) else 0e0 end as v_annual_report_missed_3y, cast(case when du.missed > 0 then 0 else 1 end as tinyint) as c_annual_report_missed_3y,
    case when b.org_form <> 'BRANCH' then case when du.zero > 0 then cast(du.zero as double) else 0e0 end end as v_annual_report_all_zero_3y, cast(case when not coalesce(b.org_form <> 'BRANCH', false) then 4 else case when du.zero > 0 then 0 else 1 end end as tinyint) as c_annual_report_all_zero_3y,
    case when du.last_two > 0 then cast(du.revised as double) else 0e0 end as v_annual_report_revision_2y, cast(case when du.last_two > 0 then 0 else 1 end as tinyint) as c_annual_report_revision_2y,
    case when ins.n > 0 then cast(ins.n as double) else 0e0 end as v_instant_disclosure_overdue_2y, cast(case when ins.n > 0 then 0 else 1 end as tinyint) as c_instant_disclosure_overdue_2y,
    case when b.org_form <> 'BRANCH' then case when re.ent_id is not null then round9(re.debt) end end as v_debt_asset_ratio, cast(case when not coalesce(b.org_form <> 'BRANCH', false) then 4 else case when not coalesce(re.ent_id is not null, false) then 2 when round9(re.debt) is null then 3 else 0 end end as tinyint) as c_debt_asset_ratio,
    case when b.org_form <> 'BRANCH' then case when re.ent_id is not null then round9(re.growth) end end as v_revenue_growth, cast(case when not coalesce(b.org_form <> 'BRANCH', false) then 4 else case when not coalesce(re.ent_id is not null, false) then 2 when round9(re.growth) is null then 3 else 0 end end as tinyint) as c_revenue_growth,
    case when b.org_form <> 'BRANCH' then case when re.ent_id is not null then round9(re.margin) end end as v_net_profit_margin, cast(case when not coalesce(b.org_form <> 'BRANCH', false) then 4 else case when not coalesce(re.ent_id is not null, false) then 2 when round9(re.margin) is null then 3 else 0 end end as tinyint) as c_net_profit_margin,
    case when b.org_form <> 'BRANCH' then case when re.ent_id is not null then round9(re.guarantee) end end as v_guarantee_to_equity, cast(case when not coalesce(b.org_form <> 'BRANCH', false) then 4 else case when not coalesce(re.ent_id is not null, false) then 2 when round9(re.guarantee) is null then 3 else 0 end end as tinyint) as c_guarantee_to_equity,
    case when b.org_form not in ('BRANCH', 'PARTNERSHIP') then case when so.ent_id is not null then cast(so.last as double) else 0e0 end end as v_insured_employees, cast(case when not coalesce(b.org_form not in ('BRANCH', 'PARTNERSHIP'), false) then 4 else case when so.ent_id is not null then 0 else 1 end end as tinyint) as c_insured_employees,
    case when b.org_form not in ('BRANCH', 'PARTNERSHIP') then case when so.ent_id is not null then case when so.most >= 5 then round9(1 - cast(so.last as double) / so.most) else 0e0 end else 0e0 end end as v_insured_drop_ratio, cast(case when not coalesce(b.org_form not in ('BRANCH', 'PARTNERSHIP'), false) then 4 else case when so.ent_id is not null then 0 else 1 end end as tinyint) as c_insured_drop_ratio,
    case when b.org_form <> 'BRANCH' then cast(tx.level as double) end as v_tax_credit_level, cast(case when not coalesce(b.org_form <> 'BRANCH', false) then 4 else case when tx.level is not null then 0 else 2 end end as tinyint) as c_tax_credit_level,
    case when tx.abnormal is not null then cast(tx.abnormal as double) else 0e0 end as v_tax_abnormal_household, cast(case when tx.abnormal is not null then 0 else 1 end as tinyint) as c_tax_abnormal_household,
    case when tx.arrears is not null then round9(cast(tx.arrears as double)) else 0e0 end as v_tax_arrears_wan, cast(case when tx.arrears is not null then 0 else 1 end as tinyint) as c_tax_arrears_wan,
    case when b.org_form <> 'BRANCH' then case when ip.n > 0 then cast(ip.n as double) else 0e0 end end as v_ip_holdings, cast(case when not coalesce(b.org_form <> 'BRANCH', false) then 4 else case when ip.n > 0 then 0 else 1 end end as tinyint) as c_ip_holdings,
    case when ce.n > 0 then cast(ce.n as double) else 0e0 end as v_certificate_suspended_3y, cast(case when ce.n > 0 then 0 else 1 end as tinyint) as c_certificate_suspended_3y,
    case when pe.n > 0 then cast(pe.n as double) else 0e0 end as v_penalty_count_3y, cast(case when pe.n > 0 then 0 else 1 end as tinyint) as c_penalty_count_3y,
    case when pe.n > 0 then round9(cast(pe.amount as double)) else 0e0 end as v_penalty_amount_wan_3y, cast(case when pe.n > 0 then 0 else 1 end as tinyint) as c_penalty_amount_wan_3y,
    case when pe.severe > 0 then cast(pe.severe as double) else 0e0 end as v_severe_penalty_3y, cast(case when pe.severe > 0 then 0 else 1 end as tinyint) as c_severe_penalty_3y,
    case when pe.key > 0 then cast(pe.key as double) else 0e0 end as v_key_domain_penalty_3y, cast(case when pe.key > 0 then 0 else 1 end as tinyint) as c_key_domain_penalty_3y,
    case when pe.open > 0 then cast(pe.open as double) else 0e0 end as v_penalty_unperformed, cast(case when pe.open > 0 then 0 else 1 end as tinyint) as c_penalty_unperformed,
    case when ab.now is not null then cast(ab.now as double) else 0e0 end as v_abnormal_list_current, cast(case when ab.now is not null then 0 else 1 end as tinyint) as c_abnormal_list_current,
    case when ep.ent_id is not null then cast(ep.days as double) else 0e0 end as v_abnormal_days_5y, cast(case when ep.ent_id is not null then 0 else 1 end as tinyint) as c_abnormal_days_5y,
    case when ab.listed > 0 then cast(ab.listed as double) else 0e0 end as v_abnormal_relisting_3y, cast(case when ab.listed > 0 then 0 else 1 end as tinyint) as c_abnormal_relisting_3y,
    case when se.n > 0 then cast(se.n as double) else 0e0 end as v_serious_list_current, cast(case when se.n > 0 then 0 else 1 end as tinyint) as c_serious_list_current,
    round9(inn.rate) as v_inspection_problem_rate_3y, cast(case when inn.ent_id is not null then 0 else 2 end as tinyint) as c_inspection_problem_rate_3y,
    case when inn.lost > 0 then cast(inn.lost as double) else 0e0 end as v_inspection_lost_contact_3y, cast(case when inn.lost > 0 then 0 else 1 end as tinyint) as c_inspection_lost_contact_3y,
    case when inn.refused > 0 then cast(inn.refused as double) else 0e0 end as v_inspection_refused_3y, cast(case when inn.refused > 0 then 0 else 1 end as tinyint) as c_inspection_refused_3y,
    case when fo.n > 0 then cast(fo.n as double) else 0e0 end as v_food_sampling_fail_2y, cast(case when fo.n > 0 then 0 else 1 end as tinyint) as c_food_sampling_fail_2y,
    case when pr.n > 0 then cast(pr.n as double) else 0e0 end as v_product_spotcheck_fail_2y, cast(case when pr.n > 0 then 0 else 1 end as tinyint) as c_product_spotcheck_fail_2y,
    case when qu.n > 0 then cast(qu.n as double) else 0e0 end as v_recall_accident_3y, cast(case when qu.n > 0 then 0 else 1 end as tinyint) as c_recall_accident_3y,
    ft.complaints as v_complaint_count_1y, cast(case when ft.ent_id is not null then 0 else 2 end as tinyint) as c_complaint_count_1y,
    case when ca.reports > 0 then cast(ca.filed as double) else 0e0 end as v_report_filed_2y, cast(case when ca.reports > 0 then 0 else 1 end as tinyint) as c_report_filed_2y,
    case when ca.complaints > 0 then round9(cast(ca.refused as double) / nullif(ca.complaints, 0)) else 0e0 end as v_mediation_refusal_rate_1y, cast(case when ca.complaints > 0 then 0 else 1 end as tinyint) as c_mediation_refusal_rate_1y,
    case when su.ent_id is not null then su.ratio else 0e0 end as v_complaint_surge_ratio, cast(case when su.ent_id is not null then 0 else 1 end as tinyint) as c_complaint_surge_ratio,
    case when di.n > 0 then cast(di.n as double) else 0e0 end as v_dishonest_executee_current, cast(case when di.n > 0 then 0 else 1 end as tinyint) as c_dishonest_executee_current,
    case when ex.ent_id is not null then round9(cast(ex.amount as double)) else 0e0 end as v_executed_amount_wan_3y, cast(case when ex.ent_id is not null then 0 else 1 end as tinyint) as c_executed_amount_wan_3y,
    case when b.org_form in ('LTD', 'JOINT_STOCK', 'LEGAL_OTHER') then case when fr.n > 0 then cast(fr.n as double) else 0e0 end end as v_equity_frozen_current, cast(case when not coalesce(b.org_form in ('LTD', 'JOINT_STOCK', 'LEGAL_OTHER'), false) then 4 else case when fr.n > 0 then 0 else 1 end end as tinyint) as c_equity_frozen_current,
    ft.lawsuits as v_defendant_cases_2y, cast(case when ft.ent_id is not null then 0 else 2 end as tinyint) as c_defendant_cases_2y,
    case when b.org_form <> 'BRANCH' then case when ba.ent_id is not null then cast(ba.kind as double) else 0e0 end end as v_bankruptcy_liquidation, cast(case when not coalesce(b.org_form <> 'BRANCH', false) then 4 else case when ba.ent_id is not null then 0 else 1 end end as tinyint) as c_bankruptcy_liquidation,
    case when br.n > 0 then cast(br.n as double) else 0e0 end as v_commitment_breach_3y, cast(case when br.n > 0 then 0 else 1 end as tinyint) as c_commitment_breach_3y,
    case when rp.ent_id is not null then round9(rp.ratio) else 0e0 end as v_unrepaired_ratio, cast(case when rp.ent_id is not null then 0 else 1 end as tinyint) as c_unrepaired_ratio,
    case when b.lr_is_person = 1 then case when fp.ent_id is not null then cast(fp.active as double) else 0e0 end end as v_legal_rep_entity_count, cast(case when not coalesce(b.lr_is_person = 1, false) then 4 else case when not coalesce(fp.ent_id is not null, false) then 1 when cast(fp.active as double) is null then 3 else 0 end end as tinyint) as c_legal_rep_entity_count,
    case when b.lr_is_person = 1 then case when fp.ent_id is not null then fp.ratio else 0e0 end end as v_legal_rep_bad_ratio, cast(case when not coalesce(b.lr_is_person = 1, false) then 4 else case when not coalesce(fp.ent_id is not null, false) then 1 when fp.ratio is null then 3 else 0 end end as tinyint) as c_legal_rep_bad_ratio,
    case when b.lr_is_person = 1 then case when fp.ent_id is not null then cast(fp.cancelled as double) else 0e0 end end as v_legal_rep_cancelled_2y, cast(case when not coalesce(b.lr_is_person = 1, false) then 4 else case when not coalesce(fp.ent_id is not null, false) then 1 when cast(fp.cancelled as double) is null then 3 else 0 end end as tinyint) as c_legal_rep_cancelled_2y,
    case when b.org_form <> 'BRANCH' then case when coalesce(gr.held, 0) = 0 then 0e0 end end as v_investee_high_risk_ratio, cast(case when not coalesce(b.org_form <> 'BRANCH', false) then 4 else case when case when coalesce(gr.held, 0) = 0 then 0e0 end is null then 3 else 0 end end as tinyint) as c_investee_high_risk_ratio,
    case when b.org_form in ('LTD', 'JOINT_STOCK', 'LEGAL_OTHER') then coalesce(cast(gr.bad_holders as double), 0e0) end as v_shareholder_bad_count, cast(case when not coalesce(b.org_form in ('LTD', 'JOINT_STOCK', 'LEGAL_OTHER'), false) then 4 else 0 end as tinyint) as c_shareholder_bad_count,
    case when b.org_form in ('LTD', 'JOINT_STOCK', 'LEGAL_OTHER') then case when pl.ent_id is not null then round9(cast(pl.ratio as double)) else 0e0 end end as v_equity_pledge_ratio, cast(case when not coalesce(b.org_form in ('LTD', 'JOINT_STOCK', 'LEGAL_OTHER'), false) then 4 else case when pl.ent_id is not null then 0 else 1 end end as tinyint) as c_equity_pledge_ratio,
    case when fc.same < 200 then cast(fc.same as double) else 0e0 end as v_shared_contact_count, cast(case when fc.same < 200 then 0 else 1 end as tinyint) as c_shared_contact_count,
    case when not fa.cluster and fa.active >= 3 then fa.ratio else 0e0 end as v_co_address_bad_ratio, cast(case when not coalesce(not fa.cluster and fa.active >= 3, false) then 1 when fa.ratio is null then 3 else 0 end as tinyint) as c_co_address_bad_ratio,
    coalesce(gr.cluster_risk, 0e0) as v_cluster_risk_score, cast(0 as tinyint) as c_cluster_risk_score,
    coalesce(cast(gr.cluster_new_90d as double), 0e0) as v_cluster_new_90d, cast(0 as tinyint) as c_cluster_new_90d,
    case when sh.hidden > 0 then cast(sh.hidden as double) else 0e0 end as v_online_license_not_shown, cast(case when sh.hidden > 0 then 0 else 1 end as tinyint) as c_online_license_not_shown,
    case when sh.mismatch > 0 then cast(sh.mismatch as double) else 0e0 end as v_online_offline_mismatch, cast(case when sh.mismatch > 0 then 0 else 1 end as tinyint) as c_online_offline_mismatch,
    case when op.n > 0 then cast(op.negative as double) else 0e0 end as v_negative_opinion_1y, cast(case when op.n > 0 then 0 else 1 end as tinyint) as c_negative_opinion_1y,
    case when op.major > 0 then cast(op.major as double) else 0e0 end as v_major_opinion_90d, cast(case when op.major > 0 then 0 else 1 end as tinyint) as c_major_opinion_90d,
    case when b.seller then round9(sh.rating) end as v_platform_rating, cast(case when not coalesce(b.seller, false) then 4 else case when sh.rating is not null then 0 else 2 end end as tinyint) as c_platform_rating,
    case when ac.n > 0 then cast(ac.n as double) else 0e0 end as v_platform_sanction_1y, cast(case when ac.n > 0 then 0 else 1 end as tinyint) as c_platform_sanction_1y
  from base b
  left join tier_type tt on tt.ent_type = b.ent_type
  left join tier_industry ti on ti.industry_div = b.industry_div
  left join a_investor i on i.ent_id = b.ent_id
  left join a_change ch on ch.ent_id = b.ent_id
  left join ft_address fa on fa.ent_id = b.ent_id
  left join ft_contact fc on fc.ent_id = b.ent_id
  left join ft_person fp on fp.ent_id = b.ent_id
  left join ft_graph gr on gr.ent_id = b.ent_id
  left join ft_peer ft on ft.ent_id = b.ent_id
  left join a_duty du on du.ent_id = b.ent_id
  left join a_report re on re.ent_id = b.ent_id
  left join a_tax tx on tx.ent_id = b.ent_id
  left join a_social so on so.ent_id = b.ent_id
  left join a_gap gap on gap.ent_id = b.ent_id
  left join a_license li on li.ent_id = b.ent_id
  left join a_instant ins on ins.ent_id = b.ent_id
  left join a_ip ip on ip.ent_id = b.ent_id
  left join a_cert ce on ce.ent_id = b.ent_id
  left join a_penalty pe on pe.ent_id = b.ent_id
  left join a_abnormal ab on ab.ent_id = b.ent_id
  left join a_episode ep on ep.ent_id = b.ent_id
  left join a_serious se on se.ent_id = b.ent_id
  left join a_inspection inn on inn.ent_id = b.ent_id
  left join a_food fo on fo.ent_id = b.ent_id
  left join a_product pr on pr.ent_id = b.ent_id
  left join a_quality qu on qu.ent_id = b.ent_id
  left join a_case ca on ca.ent_id = b.ent_id
  left join ft_surge su on su.ent_id = b.ent_id
  left join a_dishonest di on di.ent_id = b.ent_id
  left join a_exec ex on ex.ent_id = b.ent_id
  left join a_freeze fr on fr.ent_id = b.ent_id
  left join a_bankrupt ba on ba.ent_id = b.ent_id
  left join a_breach br on br.ent_id = b.ent_id
  left join a_repair rp on rp.ent_id = b.ent_id
  left join a_pledge pl on pl.ent_id = b.ent_id
  left join a_shop sh on sh.ent_id = b.ent_id
  left join a_opinion op on op.ent_id = b.ent_id
  left join a_action ac on ac.ent_id = b.ent_id
  where b.reg_state in ('1', '2', '5')
) to ':values' (format parquet, compression zstd, row_group_size 122880);

-- 6. points, scores, grades -----------------------------------------------------------------------------------------------

create temp table raw_enterprise as
  with v as (
    select v.*, b.uscc, b.region_code from read_parquet(':values') v join base b on b.ent_id = v.ent_id
    where coalesce(b.ent_category, '') not in ('4', '5')),
  p as (
    select ent_id, uscc, region_code,
    case when c_operating_years > 3 then null when v_operating_years is null then 50 when v_operating_years <= 0.5 then 60 when v_operating_years <= 1.0 then 50 when v_operating_years <= 3.0 then 35 when v_operating_years <= 5.0 then 20 when v_operating_years <= 10.0 then 10 else 5 end as p_operating_years,
    case when c_enterprise_type_tier > 3 then null when v_enterprise_type_tier is null then 15 when v_enterprise_type_tier <= 0.0 then 0 when v_enterprise_type_tier <= 1.0 then 15 when v_enterprise_type_tier <= 2.0 then 30 when v_enterprise_type_tier <= 3.0 then 50 else 70 end as p_enterprise_type_tier,
    case when c_industry_risk_tier > 3 then null when v_industry_risk_tier is null then 30 when v_industry_risk_tier <= 0.0 then 5 when v_industry_risk_tier <= 1.0 then 20 when v_industry_risk_tier <= 2.0 then 40 when v_industry_risk_tier <= 3.0 then 65 else 90 end as p_industry_risk_tier,
    case when c_socially_sensitive_industry > 3 then null when v_socially_sensitive_industry is null then 0 when v_socially_sensitive_industry <= 0.0 then 0 else 80 end as p_socially_sensitive_industry,
    case when c_registered_capital_wan > 3 then null when v_registered_capital_wan is null then 25 when v_registered_capital_wan <= 1.0 then 50 when v_registered_capital_wan <= 10.0 then 35 when v_registered_capital_wan <= 100.0 then 20 when v_registered_capital_wan <= 1000.0 then 10 when v_registered_capital_wan <= 10000.0 then 5 when v_registered_capital_wan <= 100000.0 then 15 else 35 end as p_registered_capital_wan,
    case when c_paid_in_ratio > 3 then null when v_paid_in_ratio is null then 20 when v_paid_in_ratio <= 0.0 then 40 when v_paid_in_ratio <= 0.1 then 30 when v_paid_in_ratio <= 0.3 then 20 when v_paid_in_ratio <= 0.6 then 10 else 0 end as p_paid_in_ratio,
    case when c_contribution_overdue_count > 3 then null when v_contribution_overdue_count is null then 0 when v_contribution_overdue_count <= 0.0 then 0 when v_contribution_overdue_count <= 1.0 then 40 when v_contribution_overdue_count <= 2.0 then 60 else 80 end as p_contribution_overdue_count,
    case when c_capital_change_multiple > 3 then null when v_capital_change_multiple is null then 0 when v_capital_change_multiple <= 1.0 then 0 when v_capital_change_multiple <= 2.0 then 15 when v_capital_change_multiple <= 5.0 then 40 when v_capital_change_multiple <= 10.0 then 60 else 80 end as p_capital_change_multiple,
    case when c_address_verify_level > 3 then null when v_address_verify_level is null then 20 when v_address_verify_level <= 0.0 then 0 when v_address_verify_level <= 1.0 then 15 when v_address_verify_level <= 2.0 then 45 else 80 end as p_address_verify_level,
    case when c_same_address_entity_count > 3 then null when v_same_address_entity_count is null then 0 when v_same_address_entity_count <= 3.0 then 0 when v_same_address_entity_count <= 10.0 then 20 when v_same_address_entity_count <= 30.0 then 45 when v_same_address_entity_count <= 100.0 then 70 else 90 end as p_same_address_entity_count,
    case when c_address_change_count_2y > 3 then null when v_address_change_count_2y is null then 0 when v_address_change_count_2y <= 0.0 then 0 when v_address_change_count_2y <= 1.0 then 10 when v_address_change_count_2y <= 2.0 then 35 else 60 end as p_address_change_count_2y,
    case when c_legal_rep_age > 3 then null when v_legal_rep_age is null then 10 when v_legal_rep_age <= 17.999 then 80 when v_legal_rep_age <= 22.0 then 35 when v_legal_rep_age <= 60.0 then 0 when v_legal_rep_age <= 70.0 then 15 when v_legal_rep_age <= 80.0 then 40 else 70 end as p_legal_rep_age,
    case when c_agent_registration_90d > 3 then null when v_agent_registration_90d is null then 0 when v_agent_registration_90d <= 5.0 then 0 when v_agent_registration_90d <= 20.0 then 15 when v_agent_registration_90d <= 50.0 then 35 when v_agent_registration_90d <= 100.0 then 55 else 75 end as p_agent_registration_90d,
    case when c_legal_rep_restricted > 3 then null when v_legal_rep_restricted is null then 0 when v_legal_rep_restricted <= 0.0 then 0 else 100 end as p_legal_rep_restricted,
    case when c_key_personnel_change_1y > 3 then null when v_key_personnel_change_1y is null then 0 when v_key_personnel_change_1y <= 1.0 then 0 when v_key_personnel_change_1y <= 3.0 then 20 when v_key_personnel_change_1y <= 6.0 then 45 else 65 end as p_key_personnel_change_1y,
    case when c_required_license_missing > 3 then null when v_required_license_missing is null then 0 when v_required_license_missing <= 0.0 then 0 when v_required_license_missing <= 1.0 then 70 else 95 end as p_required_license_missing,
    case when c_license_expired_count > 3 then null when v_license_expired_count is null then 0 when v_license_expired_count <= 0.0 then 0 when v_license_expired_count <= 1.0 then 60 else 85 end as p_license_expired_count,
    case when c_license_expiring_90d > 3 then null when v_license_expiring_90d is null then 0 when v_license_expiring_90d <= 0.0 then 0 when v_license_expiring_90d <= 1.0 then 15 else 30 end as p_license_expiring_90d,
    case when c_license_revoked_3y > 3 then null when v_license_revoked_3y is null then 0 when v_license_revoked_3y <= 0.0 then 0 when v_license_revoked_3y <= 1.0 then 75 else 100 end as p_license_revoked_3y,
    case when c_registration_state_abnormal > 3 then null when v_registration_state_abnormal is null then 0 when v_registration_state_abnormal <= 0.0 then 0 else 100 end as p_registration_state_abnormal,
    case when c_change_count_1y > 3 then null when v_change_count_1y is null then 0 when v_change_count_1y <= 2.0 then 0 when v_change_count_1y <= 4.0 then 15 when v_change_count_1y <= 8.0 then 35 else 60 end as p_change_count_1y,
    case when c_legal_rep_change_2y > 3 then null when v_legal_rep_change_2y is null then 0 when v_legal_rep_change_2y <= 0.0 then 0 when v_legal_rep_change_2y <= 1.0 then 15 when v_legal_rep_change_2y <= 2.0 then 45 else 75 end as p_legal_rep_change_2y,
    case when c_cross_industry_scope_change_2y > 3 then null when v_cross_industry_scope_change_2y is null then 0 when v_cross_industry_scope_change_2y <= 0.0 then 0 when v_cross_industry_scope_change_2y <= 1.0 then 20 when v_cross_industry_scope_change_2y <= 2.0 then 45 else 65 end as p_cross_industry_scope_change_2y,
    case when c_days_since_last_activity > 3 then null when v_days_since_last_activity is null then 40 when v_days_since_last_activity <= 180.0 then 0 when v_days_since_last_activity <= 365.0 then 15 when v_days_since_last_activity <= 730.0 then 40 when v_days_since_last_activity <= 1095.0 then 60 else 80 end as p_days_since_last_activity,
    case when c_annual_report_missed_3y > 3 then null when v_annual_report_missed_3y is null then 20 when v_annual_report_missed_3y <= 0.0 then 0 when v_annual_report_missed_3y <= 1.0 then 45 when v_annual_report_missed_3y <= 2.0 then 75 else 95 end as p_annual_report_missed_3y,
    case when c_annual_report_all_zero_3y > 3 then null when v_annual_report_all_zero_3y is null then 0 when v_annual_report_all_zero_3y <= 0.0 then 0 when v_annual_report_all_zero_3y <= 1.0 then 30 when v_annual_report_all_zero_3y <= 2.0 then 55 else 75 end as p_annual_report_all_zero_3y,
    case when c_annual_report_revision_2y > 3 then null when v_annual_report_revision_2y is null then 0 when v_annual_report_revision_2y <= 1.0 then 0 when v_annual_report_revision_2y <= 3.0 then 15 when v_annual_report_revision_2y <= 6.0 then 35 else 55 end as p_annual_report_revision_2y,
    case when c_instant_disclosure_overdue_2y > 3 then null when v_instant_disclosure_overdue_2y is null then 0 when v_instant_disclosure_overdue_2y <= 0.0 then 0 when v_instant_disclosure_overdue_2y <= 1.0 then 30 when v_instant_disclosure_overdue_2y <= 3.0 then 55 else 75 end as p_instant_disclosure_overdue_2y,
    case when c_debt_asset_ratio > 3 then null when v_debt_asset_ratio is null then 25 when v_debt_asset_ratio <= 0.3 then 0 when v_debt_asset_ratio <= 0.6 then 10 when v_debt_asset_ratio <= 0.8 then 30 when v_debt_asset_ratio <= 1.0 then 60 else 90 end as p_debt_asset_ratio,
    case when c_revenue_growth > 3 then null when v_revenue_growth is null then 20 when v_revenue_growth <= -0.5 then 60 when v_revenue_growth <= -0.2 then 40 when v_revenue_growth <= 0.0 then 20 when v_revenue_growth <= 0.5 then 0 when v_revenue_growth <= 2.0 then 5 else 25 end as p_revenue_growth,
    case when c_net_profit_margin > 3 then null when v_net_profit_margin is null then 20 when v_net_profit_margin <= -1.0 then 70 when v_net_profit_margin <= -0.2 then 60 when v_net_profit_margin <= -0.05 then 40 when v_net_profit_margin <= 0.0 then 25 when v_net_profit_margin <= 0.1 then 5 else 0 end as p_net_profit_margin,
    case when c_guarantee_to_equity > 3 then null when v_guarantee_to_equity is null then 15 when v_guarantee_to_equity <= 0.0 then 0 when v_guarantee_to_equity <= 0.2 then 10 when v_guarantee_to_equity <= 0.5 then 30 when v_guarantee_to_equity <= 1.0 then 55 else 80 end as p_guarantee_to_equity,
    case when c_insured_employees > 3 then null when v_insured_employees is null then 30 when v_insured_employees <= 0.0 then 45 when v_insured_employees <= 2.0 then 25 when v_insured_employees <= 10.0 then 10 else 0 end as p_insured_employees,
    case when c_insured_drop_ratio > 3 then null when v_insured_drop_ratio is null then 0 when v_insured_drop_ratio <= 0.1 then 0 when v_insured_drop_ratio <= 0.3 then 15 when v_insured_drop_ratio <= 0.5 then 40 when v_insured_drop_ratio <= 0.8 then 65 else 85 end as p_insured_drop_ratio,
    case when c_tax_credit_level > 3 then null when v_tax_credit_level is null then 15 when v_tax_credit_level <= 0.0 then 0 when v_tax_credit_level <= 1.0 then 5 when v_tax_credit_level <= 2.0 then 15 when v_tax_credit_level <= 3.0 then 50 else 90 end as p_tax_credit_level,
    case when c_tax_abnormal_household > 3 then null when v_tax_abnormal_household is null then 0 when v_tax_abnormal_household <= 0.0 then 0 else 90 end as p_tax_abnormal_household,
    case when c_tax_arrears_wan > 3 then null when v_tax_arrears_wan is null then 0 when v_tax_arrears_wan <= 0.0 then 0 when v_tax_arrears_wan <= 1.0 then 25 when v_tax_arrears_wan <= 10.0 then 45 when v_tax_arrears_wan <= 100.0 then 70 else 90 end as p_tax_arrears_wan,
    case when c_ip_holdings > 3 then null when v_ip_holdings is null then 20 when v_ip_holdings <= 0.0 then 20 when v_ip_holdings <= 2.0 then 10 when v_ip_holdings <= 10.0 then 5 else 0 end as p_ip_holdings,
    case when c_certificate_suspended_3y > 3 then null when v_certificate_suspended_3y is null then 0 when v_certificate_suspended_3y <= 0.0 then 0 when v_certificate_suspended_3y <= 1.0 then 45 else 75 end as p_certificate_suspended_3y,
    case when c_penalty_count_3y > 3 then null when v_penalty_count_3y is null then 0 when v_penalty_count_3y <= 0.0 then 0 when v_penalty_count_3y <= 1.0 then 35 when v_penalty_count_3y <= 2.0 then 55 when v_penalty_count_3y <= 4.0 then 75 else 95 end as p_penalty_count_3y,
    case when c_penalty_amount_wan_3y > 3 then null when v_penalty_amount_wan_3y is null then 0 when v_penalty_amount_wan_3y <= 0.0 then 0 when v_penalty_amount_wan_3y <= 0.5 then 20 when v_penalty_amount_wan_3y <= 5.0 then 40 when v_penalty_amount_wan_3y <= 20.0 then 60 when v_penalty_amount_wan_3y <= 100.0 then 80 else 100 end as p_penalty_amount_wan_3y,
    case when c_severe_penalty_3y > 3 then null when v_severe_penalty_3y is null then 0 when v_severe_penalty_3y <= 0.0 then 0 when v_severe_penalty_3y <= 1.0 then 75 else 100 end as p_severe_penalty_3y,
    case when c_key_domain_penalty_3y > 3 then null when v_key_domain_penalty_3y is null then 0 when v_key_domain_penalty_3y <= 0.0 then 0 when v_key_domain_penalty_3y <= 1.0 then 55 when v_key_domain_penalty_3y <= 2.0 then 80 else 100 end as p_key_domain_penalty_3y,
    case when c_penalty_unperformed > 3 then null when v_penalty_unperformed is null then 0 when v_penalty_unperformed <= 0.0 then 0 when v_penalty_unperformed <= 1.0 then 60 else 90 end as p_penalty_unperformed,
    case when c_abnormal_list_current > 3 then null when v_abnormal_list_current is null then 0 when v_abnormal_list_current <= 0.0 then 0 when v_abnormal_list_current <= 1.0 then 60 when v_abnormal_list_current <= 2.0 then 65 when v_abnormal_list_current <= 3.0 then 85 else 90 end as p_abnormal_list_current,
    case when c_abnormal_days_5y > 3 then null when v_abnormal_days_5y is null then 0 when v_abnormal_days_5y <= 0.0 then 0 when v_abnormal_days_5y <= 90.0 then 20 when v_abnormal_days_5y <= 365.0 then 45 when v_abnormal_days_5y <= 730.0 then 65 when v_abnormal_days_5y <= 1095.0 then 80 else 100 end as p_abnormal_days_5y,
    case when c_abnormal_relisting_3y > 3 then null when v_abnormal_relisting_3y is null then 0 when v_abnormal_relisting_3y <= 0.0 then 0 when v_abnormal_relisting_3y <= 1.0 then 30 when v_abnormal_relisting_3y <= 2.0 then 60 else 85 end as p_abnormal_relisting_3y,
    case when c_serious_list_current > 3 then null when v_serious_list_current is null then 0 when v_serious_list_current <= 0.0 then 0 else 100 end as p_serious_list_current,
    case when c_inspection_problem_rate_3y > 3 then null when v_inspection_problem_rate_3y is null then 15 when v_inspection_problem_rate_3y <= 0.0 then 0 when v_inspection_problem_rate_3y <= 0.2 then 30 when v_inspection_problem_rate_3y <= 0.5 then 60 else 85 end as p_inspection_problem_rate_3y,
    case when c_inspection_lost_contact_3y > 3 then null when v_inspection_lost_contact_3y is null then 0 when v_inspection_lost_contact_3y <= 0.0 then 0 when v_inspection_lost_contact_3y <= 1.0 then 65 else 90 end as p_inspection_lost_contact_3y,
    case when c_inspection_refused_3y > 3 then null when v_inspection_refused_3y is null then 0 when v_inspection_refused_3y <= 0.0 then 0 else 95 end as p_inspection_refused_3y,
    case when c_food_sampling_fail_2y > 3 then null when v_food_sampling_fail_2y is null then 0 when v_food_sampling_fail_2y <= 0.0 then 0 when v_food_sampling_fail_2y <= 1.0 then 50 when v_food_sampling_fail_2y <= 2.0 then 75 else 95 end as p_food_sampling_fail_2y,
    case when c_product_spotcheck_fail_2y > 3 then null when v_product_spotcheck_fail_2y is null then 0 when v_product_spotcheck_fail_2y <= 0.0 then 0 when v_product_spotcheck_fail_2y <= 1.0 then 45 when v_product_spotcheck_fail_2y <= 2.0 then 70 else 90 end as p_product_spotcheck_fail_2y,
    case when c_recall_accident_3y > 3 then null when v_recall_accident_3y is null then 0 when v_recall_accident_3y <= 0.0 then 0 when v_recall_accident_3y <= 1.0 then 70 else 100 end as p_recall_accident_3y,
    case when c_complaint_count_1y > 3 then null when v_complaint_count_1y is null then 10 when v_complaint_count_1y <= 1.2 then 0 when v_complaint_count_1y <= 2.0 then 10 when v_complaint_count_1y <= 3.0 then 25 when v_complaint_count_1y <= 6.0 then 45 when v_complaint_count_1y <= 15.0 then 70 else 90 end as p_complaint_count_1y,
    case when c_report_filed_2y > 3 then null when v_report_filed_2y is null then 0 when v_report_filed_2y <= 0.0 then 0 when v_report_filed_2y <= 1.0 then 50 when v_report_filed_2y <= 2.0 then 70 else 90 end as p_report_filed_2y,
    case when c_mediation_refusal_rate_1y > 3 then null when v_mediation_refusal_rate_1y is null then 0 when v_mediation_refusal_rate_1y <= 0.1 then 0 when v_mediation_refusal_rate_1y <= 0.3 then 25 when v_mediation_refusal_rate_1y <= 0.6 then 50 else 75 end as p_mediation_refusal_rate_1y,
    case when c_complaint_surge_ratio > 3 then null when v_complaint_surge_ratio is null then 0 when v_complaint_surge_ratio <= 1.5 then 0 when v_complaint_surge_ratio <= 3.0 then 20 when v_complaint_surge_ratio <= 5.0 then 50 else 80 end as p_complaint_surge_ratio,
    case when c_dishonest_executee_current > 3 then null when v_dishonest_executee_current is null then 0 when v_dishonest_executee_current <= 0.0 then 0 else 100 end as p_dishonest_executee_current,
    case when c_executed_amount_wan_3y > 3 then null when v_executed_amount_wan_3y is null then 0 when v_executed_amount_wan_3y <= 0.0 then 0 when v_executed_amount_wan_3y <= 10.0 then 25 when v_executed_amount_wan_3y <= 100.0 then 45 when v_executed_amount_wan_3y <= 1000.0 then 70 else 90 end as p_executed_amount_wan_3y,
    case when c_equity_frozen_current > 3 then null when v_equity_frozen_current is null then 0 when v_equity_frozen_current <= 0.0 then 0 when v_equity_frozen_current <= 1.0 then 40 when v_equity_frozen_current <= 3.0 then 60 else 80 end as p_equity_frozen_current,
    case when c_defendant_cases_2y > 3 then null when v_defendant_cases_2y is null then 10 when v_defendant_cases_2y <= 1.2 then 0 when v_defendant_cases_2y <= 3.0 then 10 when v_defendant_cases_2y <= 6.0 then 30 when v_defendant_cases_2y <= 15.0 then 55 else 75 end as p_defendant_cases_2y,
    case when c_bankruptcy_liquidation > 3 then null when v_bankruptcy_liquidation is null then 0 when v_bankruptcy_liquidation <= 0.0 then 0 when v_bankruptcy_liquidation <= 1.0 then 20 else 80 end as p_bankruptcy_liquidation,
    case when c_commitment_breach_3y > 3 then null when v_commitment_breach_3y is null then 0 when v_commitment_breach_3y <= 0.0 then 0 when v_commitment_breach_3y <= 1.0 then 50 else 80 end as p_commitment_breach_3y,
    case when c_unrepaired_ratio > 3 then null when v_unrepaired_ratio is null then 0 when v_unrepaired_ratio <= 0.0 then 0 when v_unrepaired_ratio <= 0.5 then 25 else 50 end as p_unrepaired_ratio,
    case when c_legal_rep_entity_count > 3 then null when v_legal_rep_entity_count is null then 0 when v_legal_rep_entity_count <= 2.0 then 0 when v_legal_rep_entity_count <= 5.0 then 15 when v_legal_rep_entity_count <= 10.0 then 35 when v_legal_rep_entity_count <= 30.0 then 60 else 85 end as p_legal_rep_entity_count,
    case when c_legal_rep_bad_ratio > 3 then null when v_legal_rep_bad_ratio is null then 0 when v_legal_rep_bad_ratio <= 0.0 then 0 when v_legal_rep_bad_ratio <= 0.2 then 25 when v_legal_rep_bad_ratio <= 0.5 then 60 else 90 end as p_legal_rep_bad_ratio,
    case when c_legal_rep_cancelled_2y > 3 then null when v_legal_rep_cancelled_2y is null then 0 when v_legal_rep_cancelled_2y <= 1.0 then 0 when v_legal_rep_cancelled_2y <= 3.0 then 30 when v_legal_rep_cancelled_2y <= 6.0 then 55 else 75 end as p_legal_rep_cancelled_2y,
    case when c_investee_high_risk_ratio > 3 then null when v_investee_high_risk_ratio is null then 0 when v_investee_high_risk_ratio <= 0.0 then 0 when v_investee_high_risk_ratio <= 0.2 then 20 when v_investee_high_risk_ratio <= 0.5 then 50 else 75 end as p_investee_high_risk_ratio,
    case when c_shareholder_bad_count > 3 then null when v_shareholder_bad_count is null then 0 when v_shareholder_bad_count <= 0.0 then 0 when v_shareholder_bad_count <= 1.0 then 50 else 80 end as p_shareholder_bad_count,
    case when c_equity_pledge_ratio > 3 then null when v_equity_pledge_ratio is null then 0 when v_equity_pledge_ratio <= 0.0 then 0 when v_equity_pledge_ratio <= 0.3 then 15 when v_equity_pledge_ratio <= 0.5 then 35 when v_equity_pledge_ratio <= 0.8 then 55 else 75 end as p_equity_pledge_ratio,
    case when c_shared_contact_count > 3 then null when v_shared_contact_count is null then 0 when v_shared_contact_count <= 3.0 then 0 when v_shared_contact_count <= 10.0 then 25 when v_shared_contact_count <= 30.0 then 50 else 75 end as p_shared_contact_count,
    case when c_co_address_bad_ratio > 3 then null when v_co_address_bad_ratio is null then 0 when v_co_address_bad_ratio <= 0.1 then 0 when v_co_address_bad_ratio <= 0.3 then 25 when v_co_address_bad_ratio <= 0.6 then 55 else 85 end as p_co_address_bad_ratio,
    case when c_cluster_risk_score > 3 then null when v_cluster_risk_score is null then 0 when v_cluster_risk_score <= 10.0 then 0 when v_cluster_risk_score <= 30.0 then 25 when v_cluster_risk_score <= 50.0 then 50 when v_cluster_risk_score <= 70.0 then 75 else 95 end as p_cluster_risk_score,
    case when c_cluster_new_90d > 3 then null when v_cluster_new_90d is null then 0 when v_cluster_new_90d <= 3.0 then 0 when v_cluster_new_90d <= 10.0 then 30 when v_cluster_new_90d <= 30.0 then 60 else 85 end as p_cluster_new_90d,
    case when c_online_license_not_shown > 3 then null when v_online_license_not_shown is null then 0 when v_online_license_not_shown <= 0.0 then 0 when v_online_license_not_shown <= 1.0 then 35 when v_online_license_not_shown <= 3.0 then 60 else 80 end as p_online_license_not_shown,
    case when c_online_offline_mismatch > 3 then null when v_online_offline_mismatch is null then 0 when v_online_offline_mismatch <= 0.0 then 0 when v_online_offline_mismatch <= 1.0 then 50 when v_online_offline_mismatch <= 3.0 then 75 else 90 end as p_online_offline_mismatch,
    case when c_negative_opinion_1y > 3 then null when v_negative_opinion_1y is null then 0 when v_negative_opinion_1y <= 0.0 then 0 when v_negative_opinion_1y <= 3.0 then 20 when v_negative_opinion_1y <= 10.0 then 45 when v_negative_opinion_1y <= 30.0 then 70 else 90 end as p_negative_opinion_1y,
    case when c_major_opinion_90d > 3 then null when v_major_opinion_90d is null then 0 when v_major_opinion_90d <= 0.0 then 0 when v_major_opinion_90d <= 1.0 then 75 else 100 end as p_major_opinion_90d,
    case when c_platform_rating > 3 then null when v_platform_rating is null then 10 when v_platform_rating <= 3.5 then 60 when v_platform_rating <= 4.0 then 40 when v_platform_rating <= 4.4 then 20 when v_platform_rating <= 4.7 then 5 else 0 end as p_platform_rating,
    case when c_platform_sanction_1y > 3 then null when v_platform_sanction_1y is null then 0 when v_platform_sanction_1y <= 0.0 then 0 when v_platform_sanction_1y <= 1.0 then 40 when v_platform_sanction_1y <= 3.0 then 65 else 85 end as p_platform_sanction_1y,
    greatest(0, case when v_socially_sensitive_industry >= 1.0 then 2 else 0 end, case when v_legal_rep_restricted >= 1.0 then 2 else 0 end, case when v_registration_state_abnormal >= 1.0 then 3 else 0 end, case when v_tax_abnormal_household >= 1.0 then 2 else 0 end, case when v_serious_list_current >= 1.0 then 3 else 0 end, case when v_inspection_refused_3y >= 1.0 then 2 else 0 end, case when v_recall_accident_3y >= 1.0 then 2 else 0 end, case when v_dishonest_executee_current >= 1.0 then 3 else 0 end, case when v_bankruptcy_liquidation >= 2.0 then 2 else 0 end, case when v_major_opinion_90d >= 1.0 then 2 else 0 end) as hard,
    nullif(concat_ws(',', case when v_socially_sensitive_industry >= 1.0 then 'socially_sensitive_industry' end, case when v_legal_rep_restricted >= 1.0 then 'legal_rep_restricted' end, case when v_registration_state_abnormal >= 1.0 then 'registration_state_abnormal' end, case when v_tax_abnormal_household >= 1.0 then 'tax_abnormal_household' end, case when v_serious_list_current >= 1.0 then 'serious_list_current' end, case when v_inspection_refused_3y >= 1.0 then 'inspection_refused_3y' end, case when v_recall_accident_3y >= 1.0 then 'recall_accident_3y' end, case when v_dishonest_executee_current >= 1.0 then 'dishonest_executee_current' end, case when v_bankruptcy_liquidation >= 2.0 then 'bankruptcy_liquidation' end, case when v_major_opinion_90d >= 1.0 then 'major_opinion_90d' end), '') as trigger_ids,
    1e12 - case when c_operating_years > 3 then {w.enterprise.operating_years}e0 else 0e0 end - case when c_enterprise_type_tier > 3 then {w.enterprise.enterprise_type_tier}e0 else 0e0 end - case when c_industry_risk_tier > 3 then {w.enterprise.industry_risk_tier}e0 else 0e0 end - case when c_socially_sensitive_industry > 3 then {w.enterprise.socially_sensitive_industry}e0 else 0e0 end - case when c_registered_capital_wan > 3 then {w.enterprise.registered_capital_wan}e0 else 0e0 end - case when c_paid_in_ratio > 3 then {w.enterprise.paid_in_ratio}e0 else 0e0 end - case when c_contribution_overdue_count > 3 then {w.enterprise.contribution_overdue_count}e0 else 0e0 end - case when c_capital_change_multiple > 3 then {w.enterprise.capital_change_multiple}e0 else 0e0 end - case when c_address_verify_level > 3 then {w.enterprise.address_verify_level}e0 else 0e0 end - case when c_same_address_entity_count > 3 then {w.enterprise.same_address_entity_count}e0 else 0e0 end - case when c_address_change_count_2y > 3 then {w.enterprise.address_change_count_2y}e0 else 0e0 end - case when c_legal_rep_age > 3 then {w.enterprise.legal_rep_age}e0 else 0e0 end - case when c_agent_registration_90d > 3 then {w.enterprise.agent_registration_90d}e0 else 0e0 end - case when c_legal_rep_restricted > 3 then {w.enterprise.legal_rep_restricted}e0 else 0e0 end - case when c_key_personnel_change_1y > 3 then {w.enterprise.key_personnel_change_1y}e0 else 0e0 end - case when c_required_license_missing > 3 then {w.enterprise.required_license_missing}e0 else 0e0 end - case when c_license_expired_count > 3 then {w.enterprise.license_expired_count}e0 else 0e0 end - case when c_license_expiring_90d > 3 then {w.enterprise.license_expiring_90d}e0 else 0e0 end - case when c_license_revoked_3y > 3 then {w.enterprise.license_revoked_3y}e0 else 0e0 end - case when c_registration_state_abnormal > 3 then {w.enterprise.registration_state_abnormal}e0 else 0e0 end - case when c_change_count_1y > 3 then {w.enterprise.change_count_1y}e0 else 0e0 end - case when c_legal_rep_change_2y > 3 then {w.enterprise.legal_rep_change_2y}e0 else 0e0 end - case when c_cross_industry_scope_change_2y > 3 then {w.enterprise.cross_industry_scope_change_2y}e0 else 0e0 end - case when c_days_since_last_activity > 3 then {w.enterprise.days_since_last_activity}e0 else 0e0 end - case when c_annual_report_missed_3y > 3 then {w.enterprise.annual_report_missed_3y}e0 else 0e0 end - case when c_annual_report_all_zero_3y > 3 then {w.enterprise.annual_report_all_zero_3y}e0 else 0e0 end - case when c_annual_report_revision_2y > 3 then {w.enterprise.annual_report_revision_2y}e0 else 0e0 end - case when c_instant_disclosure_overdue_2y > 3 then {w.enterprise.instant_disclosure_overdue_2y}e0 else 0e0 end - case when c_debt_asset_ratio > 3 then {w.enterprise.debt_asset_ratio}e0 else 0e0 end - case when c_revenue_growth > 3 then {w.enterprise.revenue_growth}e0 else 0e0 end - case when c_net_profit_margin > 3 then {w.enterprise.net_profit_margin}e0 else 0e0 end - case when c_guarantee_to_equity > 3 then {w.enterprise.guarantee_to_equity}e0 else 0e0 end - case when c_insured_employees > 3 then {w.enterprise.insured_employees}e0 else 0e0 end - case when c_insured_drop_ratio > 3 then {w.enterprise.insured_drop_ratio}e0 else 0e0 end - case when c_tax_credit_level > 3 then {w.enterprise.tax_credit_level}e0 else 0e0 end - case when c_tax_abnormal_household > 3 then {w.enterprise.tax_abnormal_household}e0 else 0e0 end - case when c_tax_arrears_wan > 3 then {w.enterprise.tax_arrears_wan}e0 else 0e0 end - case when c_ip_holdings > 3 then {w.enterprise.ip_holdings}e0 else 0e0 end - case when c_certificate_suspended_3y > 3 then {w.enterprise.certificate_suspended_3y}e0 else 0e0 end - case when c_penalty_count_3y > 3 then {w.enterprise.penalty_count_3y}e0 else 0e0 end - case when c_penalty_amount_wan_3y > 3 then {w.enterprise.penalty_amount_wan_3y}e0 else 0e0 end - case when c_severe_penalty_3y > 3 then {w.enterprise.severe_penalty_3y}e0 else 0e0 end - case when c_key_domain_penalty_3y > 3 then {w.enterprise.key_domain_penalty_3y}e0 else 0e0 end - case when c_penalty_unperformed > 3 then {w.enterprise.penalty_unperformed}e0 else 0e0 end - case when c_abnormal_list_current > 3 then {w.enterprise.abnormal_list_current}e0 else 0e0 end - case when c_abnormal_days_5y > 3 then {w.enterprise.abnormal_days_5y}e0 else 0e0 end - case when c_abnormal_relisting_3y > 3 then {w.enterprise.abnormal_relisting_3y}e0 else 0e0 end - case when c_serious_list_current > 3 then {w.enterprise.serious_list_current}e0 else 0e0 end - case when c_inspection_problem_rate_3y > 3 then {w.enterprise.inspection_problem_rate_3y}e0 else 0e0 end - case when c_inspection_lost_contact_3y > 3 then {w.enterprise.inspection_lost_contact_3y}e0 else 0e0 end - case when c_inspection_refused_3y > 3 then {w.enterprise.inspection_refused_3y}e0 else 0e0 end - case when c_food_sampling_fail_2y > 3 then {w.enterprise.food_sampling_fail_2y}e0 else 0e0 end - case when c_product_spotcheck_fail_2y > 3 then {w.enterprise.product_spotcheck_fail_2y}e0 else 0e0 end - case when c_recall_accident_3y > 3 then {w.enterprise.recall_accident_3y}e0 else 0e0 end - case when c_complaint_count_1y > 3 then {w.enterprise.complaint_count_1y}e0 else 0e0 end - case when c_report_filed_2y > 3 then {w.enterprise.report_filed_2y}e0 else 0e0 end - case when c_mediation_refusal_rate_1y > 3 then {w.enterprise.mediation_refusal_rate_1y}e0 else 0e0 end - case when c_complaint_surge_ratio > 3 then {w.enterprise.complaint_surge_ratio}e0 else 0e0 end - case when c_dishonest_executee_current > 3 then {w.enterprise.dishonest_executee_current}e0 else 0e0 end - case when c_executed_amount_wan_3y > 3 then {w.enterprise.executed_amount_wan_3y}e0 else 0e0 end - case when c_equity_frozen_current > 3 then {w.enterprise.equity_frozen_current}e0 else 0e0 end - case when c_defendant_cases_2y > 3 then {w.enterprise.defendant_cases_2y}e0 else 0e0 end - case when c_bankruptcy_liquidation > 3 then {w.enterprise.bankruptcy_liquidation}e0 else 0e0 end - case when c_commitment_breach_3y > 3 then {w.enterprise.commitment_breach_3y}e0 else 0e0 end - case when c_unrepaired_ratio > 3 then {w.enterprise.unrepaired_ratio}e0 else 0e0 end - case when c_legal_rep_entity_count > 3 then {w.enterprise.legal_rep_entity_count}e0 else 0e0 end - case when c_legal_rep_bad_ratio > 3 then {w.enterprise.legal_rep_bad_ratio}e0 else 0e0 end - case when c_legal_rep_cancelled_2y > 3 then {w.enterprise.legal_rep_cancelled_2y}e0 else 0e0 end - case when c_investee_high_risk_ratio > 3 then {w.enterprise.investee_high_risk_ratio}e0 else 0e0 end - case when c_shareholder_bad_count > 3 then {w.enterprise.shareholder_bad_count}e0 else 0e0 end - case when c_equity_pledge_ratio > 3 then {w.enterprise.equity_pledge_ratio}e0 else 0e0 end - case when c_shared_contact_count > 3 then {w.enterprise.shared_contact_count}e0 else 0e0 end - case when c_co_address_bad_ratio > 3 then {w.enterprise.co_address_bad_ratio}e0 else 0e0 end - case when c_cluster_risk_score > 3 then {w.enterprise.cluster_risk_score}e0 else 0e0 end - case when c_cluster_new_90d > 3 then {w.enterprise.cluster_new_90d}e0 else 0e0 end - case when c_online_license_not_shown > 3 then {w.enterprise.online_license_not_shown}e0 else 0e0 end - case when c_online_offline_mismatch > 3 then {w.enterprise.online_offline_mismatch}e0 else 0e0 end - case when c_negative_opinion_1y > 3 then {w.enterprise.negative_opinion_1y}e0 else 0e0 end - case when c_major_opinion_90d > 3 then {w.enterprise.major_opinion_90d}e0 else 0e0 end - case when c_platform_rating > 3 then {w.enterprise.platform_rating}e0 else 0e0 end - case when c_platform_sanction_1y > 3 then {w.enterprise.platform_sanction_1y}e0 else 0e0 end as used,
    1e12 - case when c_operating_years = 4 then {w.enterprise.operating_years}e0 else 0e0 end - case when c_enterprise_type_tier = 4 then {w.enterprise.enterprise_type_tier}e0 else 0e0 end - case when c_industry_risk_tier = 4 then {w.enterprise.industry_risk_tier}e0 else 0e0 end - case when c_socially_sensitive_industry = 4 then {w.enterprise.socially_sensitive_industry}e0 else 0e0 end - case when c_registered_capital_wan = 4 then {w.enterprise.registered_capital_wan}e0 else 0e0 end - case when c_paid_in_ratio = 4 then {w.enterprise.paid_in_ratio}e0 else 0e0 end - case when c_contribution_overdue_count = 4 then {w.enterprise.contribution_overdue_count}e0 else 0e0 end - case when c_capital_change_multiple = 4 then {w.enterprise.capital_change_multiple}e0 else 0e0 end - case when c_address_verify_level = 4 then {w.enterprise.address_verify_level}e0 else 0e0 end - case when c_same_address_entity_count = 4 then {w.enterprise.same_address_entity_count}e0 else 0e0 end - case when c_address_change_count_2y = 4 then {w.enterprise.address_change_count_2y}e0 else 0e0 end - case when c_legal_rep_age = 4 then {w.enterprise.legal_rep_age}e0 else 0e0 end - case when c_agent_registration_90d = 4 then {w.enterprise.agent_registration_90d}e0 else 0e0 end - case when c_legal_rep_restricted = 4 then {w.enterprise.legal_rep_restricted}e0 else 0e0 end - case when c_key_personnel_change_1y = 4 then {w.enterprise.key_personnel_change_1y}e0 else 0e0 end - case when c_required_license_missing = 4 then {w.enterprise.required_license_missing}e0 else 0e0 end - case when c_license_expired_count = 4 then {w.enterprise.license_expired_count}e0 else 0e0 end - case when c_license_expiring_90d = 4 then {w.enterprise.license_expiring_90d}e0 else 0e0 end - case when c_license_revoked_3y = 4 then {w.enterprise.license_revoked_3y}e0 else 0e0 end - case when c_registration_state_abnormal = 4 then {w.enterprise.registration_state_abnormal}e0 else 0e0 end - case when c_change_count_1y = 4 then {w.enterprise.change_count_1y}e0 else 0e0 end - case when c_legal_rep_change_2y = 4 then {w.enterprise.legal_rep_change_2y}e0 else 0e0 end - case when c_cross_industry_scope_change_2y = 4 then {w.enterprise.cross_industry_scope_change_2y}e0 else 0e0 end - case when c_days_since_last_activity = 4 then {w.enterprise.days_since_last_activity}e0 else 0e0 end - case when c_annual_report_missed_3y = 4 then {w.enterprise.annual_report_missed_3y}e0 else 0e0 end - case when c_annual_report_all_zero_3y = 4 then {w.enterprise.annual_report_all_zero_3y}e0 else 0e0 end - case when c_annual_report_revision_2y = 4 then {w.enterprise.annual_report_revision_2y}e0 else 0e0 end - case when c_instant_disclosure_overdue_2y = 4 then {w.enterprise.instant_disclosure_overdue_2y}e0 else 0e0 end - case when c_debt_asset_ratio = 4 then {w.enterprise.debt_asset_ratio}e0 else 0e0 end - case when c_revenue_growth = 4 then {w.enterprise.revenue_growth}e0 else 0e0 end - case when c_net_profit_margin = 4 then {w.enterprise.net_profit_margin}e0 else 0e0 end - case when c_guarantee_to_equity = 4 then {w.enterprise.guarantee_to_equity}e0 else 0e0 end - case when c_insured_employees = 4 then {w.enterprise.insured_employees}e0 else 0e0 end - case when c_insured_drop_ratio = 4 then {w.enterprise.insured_drop_ratio}e0 else 0e0 end - case when c_tax_credit_level = 4 then {w.enterprise.tax_credit_level}e0 else 0e0 end - case when c_tax_abnormal_household = 4 then {w.enterprise.tax_abnormal_household}e0 else 0e0 end - case when c_tax_arrears_wan = 4 then {w.enterprise.tax_arrears_wan}e0 else 0e0 end - case when c_ip_holdings = 4 then {w.enterprise.ip_holdings}e0 else 0e0 end - case when c_certificate_suspended_3y = 4 then {w.enterprise.certificate_suspended_3y}e0 else 0e0 end - case when c_penalty_count_3y = 4 then {w.enterprise.penalty_count_3y}e0 else 0e0 end - case when c_penalty_amount_wan_3y = 4 then {w.enterprise.penalty_amount_wan_3y}e0 else 0e0 end - case when c_severe_penalty_3y = 4 then {w.enterprise.severe_penalty_3y}e0 else 0e0 end - case when c_key_domain_penalty_3y = 4 then {w.enterprise.key_domain_penalty_3y}e0 else 0e0 end - case when c_penalty_unperformed = 4 then {w.enterprise.penalty_unperformed}e0 else 0e0 end - case when c_abnormal_list_current = 4 then {w.enterprise.abnormal_list_current}e0 else 0e0 end - case when c_abnormal_days_5y = 4 then {w.enterprise.abnormal_days_5y}e0 else 0e0 end - case when c_abnormal_relisting_3y = 4 then {w.enterprise.abnormal_relisting_3y}e0 else 0e0 end - case when c_serious_list_current = 4 then {w.enterprise.serious_list_current}e0 else 0e0 end - case when c_inspection_problem_rate_3y = 4 then {w.enterprise.inspection_problem_rate_3y}e0 else 0e0 end - case when c_inspection_lost_contact_3y = 4 then {w.enterprise.inspection_lost_contact_3y}e0 else 0e0 end - case when c_inspection_refused_3y = 4 then {w.enterprise.inspection_refused_3y}e0 else 0e0 end - case when c_food_sampling_fail_2y = 4 then {w.enterprise.food_sampling_fail_2y}e0 else 0e0 end - case when c_product_spotcheck_fail_2y = 4 then {w.enterprise.product_spotcheck_fail_2y}e0 else 0e0 end - case when c_recall_accident_3y = 4 then {w.enterprise.recall_accident_3y}e0 else 0e0 end - case when c_complaint_count_1y = 4 then {w.enterprise.complaint_count_1y}e0 else 0e0 end - case when c_report_filed_2y = 4 then {w.enterprise.report_filed_2y}e0 else 0e0 end - case when c_mediation_refusal_rate_1y = 4 then {w.enterprise.mediation_refusal_rate_1y}e0 else 0e0 end - case when c_complaint_surge_ratio = 4 then {w.enterprise.complaint_surge_ratio}e0 else 0e0 end - case when c_dishonest_executee_current = 4 then {w.enterprise.dishonest_executee_current}e0 else 0e0 end - case when c_executed_amount_wan_3y = 4 then {w.enterprise.executed_amount_wan_3y}e0 else 0e0 end - case when c_equity_frozen_current = 4 then {w.enterprise.equity_frozen_current}e0 else 0e0 end - case when c_defendant_cases_2y = 4 then {w.enterprise.defendant_cases_2y}e0 else 0e0 end - case when c_bankruptcy_liquidation = 4 then {w.enterprise.bankruptcy_liquidation}e0 else 0e0 end - case when c_commitment_breach_3y = 4 then {w.enterprise.commitment_breach_3y}e0 else 0e0 end - case when c_unrepaired_ratio = 4 then {w.enterprise.unrepaired_ratio}e0 else 0e0 end - case when c_legal_rep_entity_count = 4 then {w.enterprise.legal_rep_entity_count}e0 else 0e0 end - case when c_legal_rep_bad_ratio = 4 then {w.enterprise.legal_rep_bad_ratio}e0 else 0e0 end - case when c_legal_rep_cancelled_2y = 4 then {w.enterprise.legal_rep_cancelled_2y}e0 else 0e0 end - case when c_investee_high_risk_ratio = 4 then {w.enterprise.investee_high_risk_ratio}e0 else 0e0 end - case when c_shareholder_bad_count = 4 then {w.enterprise.shareholder_bad_count}e0 else 0e0 end - case when c_equity_pledge_ratio = 4 then {w.enterprise.equity_pledge_ratio}e0 else 0e0 end - case when c_shared_contact_count = 4 then {w.enterprise.shared_contact_count}e0 else 0e0 end - case when c_co_address_bad_ratio = 4 then {w.enterprise.co_address_bad_ratio}e0 else 0e0 end - case when c_cluster_risk_score = 4 then {w.enterprise.cluster_risk_score}e0 else 0e0 end - case when c_cluster_new_90d = 4 then {w.enterprise.cluster_new_90d}e0 else 0e0 end - case when c_online_license_not_shown = 4 then {w.enterprise.online_license_not_shown}e0 else 0e0 end - case when c_online_offline_mismatch = 4 then {w.enterprise.online_offline_mismatch}e0 else 0e0 end - case when c_negative_opinion_1y = 4 then {w.enterprise.negative_opinion_1y}e0 else 0e0 end - case when c_major_opinion_90d = 4 then {w.enterprise.major_opinion_90d}e0 else 0e0 end - case when c_platform_rating = 4 then {w.enterprise.platform_rating}e0 else 0e0 end - case when c_platform_sanction_1y = 4 then {w.enterprise.platform_sanction_1y}e0 else 0e0 end as applicable
    from v),
  s as (
    select *, floor((coalesce(p_operating_years, 0) * {w.enterprise.operating_years}e0 + coalesce(p_enterprise_type_tier, 0) * {w.enterprise.enterprise_type_tier}e0 + coalesce(p_industry_risk_tier, 0) * {w.enterprise.industry_risk_tier}e0 + coalesce(p_socially_sensitive_industry, 0) * {w.enterprise.socially_sensitive_industry}e0 + coalesce(p_registered_capital_wan, 0) * {w.enterprise.registered_capital_wan}e0 + coalesce(p_paid_in_ratio, 0) * {w.enterprise.paid_in_ratio}e0 + coalesce(p_contribution_overdue_count, 0) * {w.enterprise.contribution_overdue_count}e0 + coalesce(p_capital_change_multiple, 0) * {w.enterprise.capital_change_multiple}e0 + coalesce(p_address_verify_level, 0) * {w.enterprise.address_verify_level}e0 + coalesce(p_same_address_entity_count, 0) * {w.enterprise.same_address_entity_count}e0 + coalesce(p_address_change_count_2y, 0) * {w.enterprise.address_change_count_2y}e0 + coalesce(p_legal_rep_age, 0) * {w.enterprise.legal_rep_age}e0 + coalesce(p_agent_registration_90d, 0) * {w.enterprise.agent_registration_90d}e0 + coalesce(p_legal_rep_restricted, 0) * {w.enterprise.legal_rep_restricted}e0 + coalesce(p_key_personnel_change_1y, 0) * {w.enterprise.key_personnel_change_1y}e0 + coalesce(p_required_license_missing, 0) * {w.enterprise.required_license_missing}e0 + coalesce(p_license_expired_count, 0) * {w.enterprise.license_expired_count}e0 + coalesce(p_license_expiring_90d, 0) * {w.enterprise.license_expiring_90d}e0 + coalesce(p_license_revoked_3y, 0) * {w.enterprise.license_revoked_3y}e0 + coalesce(p_registration_state_abnormal, 0) * {w.enterprise.registration_state_abnormal}e0 + coalesce(p_change_count_1y, 0) * {w.enterprise.change_count_1y}e0 + coalesce(p_legal_rep_change_2y, 0) * {w.enterprise.legal_rep_change_2y}e0 + coalesce(p_cross_industry_scope_change_2y, 0) * {w.enterprise.cross_industry_scope_change_2y}e0 + coalesce(p_days_since_last_activity, 0) * {w.enterprise.days_since_last_activity}e0 + coalesce(p_annual_report_missed_3y, 0) * {w.enterprise.annual_report_missed_3y}e0 + coalesce(p_annual_report_all_zero_3y, 0) * {w.enterprise.annual_report_all_zero_3y}e0 + coalesce(p_annual_report_revision_2y, 0) * {w.enterprise.annual_report_revision_2y}e0 + coalesce(p_instant_disclosure_overdue_2y, 0) * {w.enterprise.instant_disclosure_overdue_2y}e0 + coalesce(p_debt_asset_ratio, 0) * {w.enterprise.debt_asset_ratio}e0 + coalesce(p_revenue_growth, 0) * {w.enterprise.revenue_growth}e0 + coalesce(p_net_profit_margin, 0) * {w.enterprise.net_profit_margin}e0 + coalesce(p_guarantee_to_equity, 0) * {w.enterprise.guarantee_to_equity}e0 + coalesce(p_insured_employees, 0) * {w.enterprise.insured_employees}e0 + coalesce(p_insured_drop_ratio, 0) * {w.enterprise.insured_drop_ratio}e0 + coalesce(p_tax_credit_level, 0) * {w.enterprise.tax_credit_level}e0 + coalesce(p_tax_abnormal_household, 0) * {w.enterprise.tax_abnormal_household}e0 + coalesce(p_tax_arrears_wan, 0) * {w.enterprise.tax_arrears_wan}e0 + coalesce(p_ip_holdings, 0) * {w.enterprise.ip_holdings}e0 + coalesce(p_certificate_suspended_3y, 0) * {w.enterprise.certificate_suspended_3y}e0 + coalesce(p_penalty_count_3y, 0) * {w.enterprise.penalty_count_3y}e0 + coalesce(p_penalty_amount_wan_3y, 0) * {w.enterprise.penalty_amount_wan_3y}e0 + coalesce(p_severe_penalty_3y, 0) * {w.enterprise.severe_penalty_3y}e0 + coalesce(p_key_domain_penalty_3y, 0) * {w.enterprise.key_domain_penalty_3y}e0 + coalesce(p_penalty_unperformed, 0) * {w.enterprise.penalty_unperformed}e0 + coalesce(p_abnormal_list_current, 0) * {w.enterprise.abnormal_list_current}e0 + coalesce(p_abnormal_days_5y, 0) * {w.enterprise.abnormal_days_5y}e0 + coalesce(p_abnormal_relisting_3y, 0) * {w.enterprise.abnormal_relisting_3y}e0 + coalesce(p_serious_list_current, 0) * {w.enterprise.serious_list_current}e0 + coalesce(p_inspection_problem_rate_3y, 0) * {w.enterprise.inspection_problem_rate_3y}e0 + coalesce(p_inspection_lost_contact_3y, 0) * {w.enterprise.inspection_lost_contact_3y}e0 + coalesce(p_inspection_refused_3y, 0) * {w.enterprise.inspection_refused_3y}e0 + coalesce(p_food_sampling_fail_2y, 0) * {w.enterprise.food_sampling_fail_2y}e0 + coalesce(p_product_spotcheck_fail_2y, 0) * {w.enterprise.product_spotcheck_fail_2y}e0 + coalesce(p_recall_accident_3y, 0) * {w.enterprise.recall_accident_3y}e0 + coalesce(p_complaint_count_1y, 0) * {w.enterprise.complaint_count_1y}e0 + coalesce(p_report_filed_2y, 0) * {w.enterprise.report_filed_2y}e0 + coalesce(p_mediation_refusal_rate_1y, 0) * {w.enterprise.mediation_refusal_rate_1y}e0 + coalesce(p_complaint_surge_ratio, 0) * {w.enterprise.complaint_surge_ratio}e0 + coalesce(p_dishonest_executee_current, 0) * {w.enterprise.dishonest_executee_current}e0 + coalesce(p_executed_amount_wan_3y, 0) * {w.enterprise.executed_amount_wan_3y}e0 + coalesce(p_equity_frozen_current, 0) * {w.enterprise.equity_frozen_current}e0 + coalesce(p_defendant_cases_2y, 0) * {w.enterprise.defendant_cases_2y}e0 + coalesce(p_bankruptcy_liquidation, 0) * {w.enterprise.bankruptcy_liquidation}e0 + coalesce(p_commitment_breach_3y, 0) * {w.enterprise.commitment_breach_3y}e0 + coalesce(p_unrepaired_ratio, 0) * {w.enterprise.unrepaired_ratio}e0 + coalesce(p_legal_rep_entity_count, 0) * {w.enterprise.legal_rep_entity_count}e0 + coalesce(p_legal_rep_bad_ratio, 0) * {w.enterprise.legal_rep_bad_ratio}e0 + coalesce(p_legal_rep_cancelled_2y, 0) * {w.enterprise.legal_rep_cancelled_2y}e0 + coalesce(p_investee_high_risk_ratio, 0) * {w.enterprise.investee_high_risk_ratio}e0 + coalesce(p_shareholder_bad_count, 0) * {w.enterprise.shareholder_bad_count}e0 + coalesce(p_equity_pledge_ratio, 0) * {w.enterprise.equity_pledge_ratio}e0 + coalesce(p_shared_contact_count, 0) * {w.enterprise.shared_contact_count}e0 + coalesce(p_co_address_bad_ratio, 0) * {w.enterprise.co_address_bad_ratio}e0 + coalesce(p_cluster_risk_score, 0) * {w.enterprise.cluster_risk_score}e0 + coalesce(p_cluster_new_90d, 0) * {w.enterprise.cluster_new_90d}e0 + coalesce(p_online_license_not_shown, 0) * {w.enterprise.online_license_not_shown}e0 + coalesce(p_online_offline_mismatch, 0) * {w.enterprise.online_offline_mismatch}e0 + coalesce(p_negative_opinion_1y, 0) * {w.enterprise.negative_opinion_1y}e0 + coalesce(p_major_opinion_90d, 0) * {w.enterprise.major_opinion_90d}e0 + coalesce(p_platform_rating, 0) * {w.enterprise.platform_rating}e0 + coalesce(p_platform_sanction_1y, 0) * {w.enterprise.platform_sanction_1y}e0) * 10 / nullif(used, 0) * 1e6 + 0.5e0) / 1e6 as score_raw from p),
  m as (select *, floor(least({knots.enterprise}, {top.enterprise}e0) * 1e6 + 1e-3) / 1e6 as model from s)
  select ent_id, uscc, region_code, p_operating_years, p_enterprise_type_tier, p_industry_risk_tier, p_socially_sensitive_industry, p_registered_capital_wan, p_paid_in_ratio, p_contribution_overdue_count, p_capital_change_multiple, p_address_verify_level, p_same_address_entity_count, p_address_change_count_2y, p_legal_rep_age, p_agent_registration_90d, p_legal_rep_restricted, p_key_personnel_change_1y, p_required_license_missing, p_license_expired_count, p_license_expiring_90d, p_license_revoked_3y, p_registration_state_abnormal, p_change_count_1y, p_legal_rep_change_2y, p_cross_industry_scope_change_2y, p_days_since_last_activity, p_annual_report_missed_3y, p_annual_report_all_zero_3y, p_annual_report_revision_2y, p_instant_disclosure_overdue_2y, p_debt_asset_ratio, p_revenue_growth, p_net_profit_margin, p_guarantee_to_equity, p_insured_employees, p_insured_drop_ratio, p_tax_credit_level, p_tax_abnormal_household, p_tax_arrears_wan, p_ip_holdings, p_certificate_suspended_3y, p_penalty_count_3y, p_penalty_amount_wan_3y, p_severe_penalty_3y, p_key_domain_penalty_3y, p_penalty_unperformed, p_abnormal_list_current, p_abnormal_days_5y, p_abnormal_relisting_3y, p_serious_list_current, p_inspection_problem_rate_3y, p_inspection_lost_contact_3y, p_inspection_refused_3y, p_food_sampling_fail_2y, p_product_spotcheck_fail_2y, p_recall_accident_3y, p_complaint_count_1y, p_report_filed_2y, p_mediation_refusal_rate_1y, p_complaint_surge_ratio, p_dishonest_executee_current, p_executed_amount_wan_3y, p_equity_frozen_current, p_defendant_cases_2y, p_bankruptcy_liquidation, p_commitment_breach_3y, p_unrepaired_ratio, p_legal_rep_entity_count, p_legal_rep_bad_ratio, p_legal_rep_cancelled_2y, p_investee_high_risk_ratio, p_shareholder_bad_count, p_equity_pledge_ratio, p_shared_contact_count, p_co_address_bad_ratio, p_cluster_risk_score, p_cluster_new_90d, p_online_license_not_shown, p_online_offline_mismatch, p_negative_opinion_1y, p_major_opinion_90d, p_platform_rating, p_platform_sanction_1y, score_raw, hard, trigger_ids, coalesce(round9(used / nullif(applicable, 0)), 0) as coverage,
    greatest(model, case hard when 2 then 500e0 when 3 then 750e0 else 0e0 end) as score,
    greatest(case when model < 200 then 0 when model < 500 then 1 when model < 750 then 2 else 3 end, hard) as final
  from m;

copy (
  with counted as (select score, count(*)::double as n from raw_enterprise where score is not null group by score),
  placed as (select score, floor((sum(n) over (order by score) - n) / nullif(sum(n) over () - 1e0, 0e0) * 1e6 + 0.5e0) / 1e4 as percentile from counted),
  r as (select r.*, list_position(['A', 'B', 'C', 'D'], n.grade) - 1 as national from raw_enterprise r left join (select ent_id, max_by(grade, grade_month) as grade from @national_grade where ent_id is not null group by ent_id) n on n.ent_id = r.ent_id)
  select r.ent_id, r.uscc, r.region_code, 'enterprise' as grading, cast(p_operating_years as tinyint) as p_operating_years, cast(p_enterprise_type_tier as tinyint) as p_enterprise_type_tier, cast(p_industry_risk_tier as tinyint) as p_industry_risk_tier, cast(p_socially_sensitive_industry as tinyint) as p_socially_sensitive_industry, cast(p_registered_capital_wan as tinyint) as p_registered_capital_wan, cast(p_paid_in_ratio as tinyint) as p_paid_in_ratio, cast(p_contribution_overdue_count as tinyint) as p_contribution_overdue_count, cast(p_capital_change_multiple as tinyint) as p_capital_change_multiple, cast(p_address_verify_level as tinyint) as p_address_verify_level, cast(p_same_address_entity_count as tinyint) as p_same_address_entity_count, cast(p_address_change_count_2y as tinyint) as p_address_change_count_2y, cast(p_legal_rep_age as tinyint) as p_legal_rep_age, cast(p_agent_registration_90d as tinyint) as p_agent_registration_90d, cast(p_legal_rep_restricted as tinyint) as p_legal_rep_restricted, cast(p_key_personnel_change_1y as tinyint) as p_key_personnel_change_1y, cast(p_required_license_missing as tinyint) as p_required_license_missing, cast(p_license_expired_count as tinyint) as p_license_expired_count, cast(p_license_expiring_90d as tinyint) as p_license_expiring_90d, cast(p_license_revoked_3y as tinyint) as p_license_revoked_3y, cast(p_registration_state_abnormal as tinyint) as p_registration_state_abnormal, cast(p_change_count_1y as tinyint) as p_change_count_1y, cast(p_legal_rep_change_2y as tinyint) as p_legal_rep_change_2y, cast(p_cross_industry_scope_change_2y as tinyint) as p_cross_industry_scope_change_2y, cast(p_days_since_last_activity as tinyint) as p_days_since_last_activity, cast(p_annual_report_missed_3y as tinyint) as p_annual_report_missed_3y, cast(p_annual_report_all_zero_3y as tinyint) as p_annual_report_all_zero_3y, cast(p_annual_report_revision_2y as tinyint) as p_annual_report_revision_2y, cast(p_instant_disclosure_overdue_2y as tinyint) as p_instant_disclosure_overdue_2y, cast(p_debt_asset_ratio as tinyint) as p_debt_asset_ratio, cast(p_revenue_growth as tinyint) as p_revenue_growth, cast(p_net_profit_margin as tinyint) as p_net_profit_margin, cast(p_guarantee_to_equity as tinyint) as p_guarantee_to_equity, cast(p_insured_employees as tinyint) as p_insured_employees, cast(p_insured_drop_ratio as tinyint) as p_insured_drop_ratio, cast(p_tax_credit_level as tinyint) as p_tax_credit_level, cast(p_tax_abnormal_household as tinyint) as p_tax_abnormal_household, cast(p_tax_arrears_wan as tinyint) as p_tax_arrears_wan, cast(p_ip_holdings as tinyint) as p_ip_holdings, cast(p_certificate_suspended_3y as tinyint) as p_certificate_suspended_3y, cast(p_penalty_count_3y as tinyint) as p_penalty_count_3y, cast(p_penalty_amount_wan_3y as tinyint) as p_penalty_amount_wan_3y, cast(p_severe_penalty_3y as tinyint) as p_severe_penalty_3y, cast(p_key_domain_penalty_3y as tinyint) as p_key_domain_penalty_3y, cast(p_penalty_unperformed as tinyint) as p_penalty_unperformed, cast(p_abnormal_list_current as tinyint) as p_abnormal_list_current, cast(p_abnormal_days_5y as tinyint) as p_abnormal_days_5y, cast(p_abnormal_relisting_3y as tinyint) as p_abnormal_relisting_3y, cast(p_serious_list_current as tinyint) as p_serious_list_current, cast(p_inspection_problem_rate_3y as tinyint) as p_inspection_problem_rate_3y, cast(p_inspection_lost_contact_3y as tinyint) as p_inspection_lost_contact_3y, cast(p_inspection_refused_3y as tinyint) as p_inspection_refused_3y, cast(p_food_sampling_fail_2y as tinyint) as p_food_sampling_fail_2y, cast(p_product_spotcheck_fail_2y as tinyint) as p_product_spotcheck_fail_2y, cast(p_recall_accident_3y as tinyint) as p_recall_accident_3y, cast(p_complaint_count_1y as tinyint) as p_complaint_count_1y, cast(p_report_filed_2y as tinyint) as p_report_filed_2y, cast(p_mediation_refusal_rate_1y as tinyint) as p_mediation_refusal_rate_1y, cast(p_complaint_surge_ratio as tinyint) as p_complaint_surge_ratio, cast(p_dishonest_executee_current as tinyint) as p_dishonest_executee_current, cast(p_executed_amount_wan_3y as tinyint) as p_executed_amount_wan_3y, cast(p_equity_frozen_current as tinyint) as p_equity_frozen_current, cast(p_defendant_cases_2y as tinyint) as p_defendant_cases_2y, cast(p_bankruptcy_liquidation as tinyint) as p_bankruptcy_liquidation, cast(p_commitment_breach_3y as tinyint) as p_commitment_breach_3y, cast(p_unrepaired_ratio as tinyint) as p_unrepaired_ratio, cast(p_legal_rep_entity_count as tinyint) as p_legal_rep_entity_count, cast(p_legal_rep_bad_ratio as tinyint) as p_legal_rep_bad_ratio, cast(p_legal_rep_cancelled_2y as tinyint) as p_legal_rep_cancelled_2y, cast(p_investee_high_risk_ratio as tinyint) as p_investee_high_risk_ratio, cast(p_shareholder_bad_count as tinyint) as p_shareholder_bad_count, cast(p_equity_pledge_ratio as tinyint) as p_equity_pledge_ratio, cast(p_shared_contact_count as tinyint) as p_shared_contact_count, cast(p_co_address_bad_ratio as tinyint) as p_co_address_bad_ratio, cast(p_cluster_risk_score as tinyint) as p_cluster_risk_score, cast(p_cluster_new_90d as tinyint) as p_cluster_new_90d, cast(p_online_license_not_shown as tinyint) as p_online_license_not_shown, cast(p_online_offline_mismatch as tinyint) as p_online_offline_mismatch, cast(p_negative_opinion_1y as tinyint) as p_negative_opinion_1y, cast(p_major_opinion_90d as tinyint) as p_major_opinion_90d, cast(p_platform_rating as tinyint) as p_platform_rating, cast(p_platform_sanction_1y as tinyint) as p_platform_sanction_1y,
    r.score_raw, r.score, r.coverage, cast(r.coverage < 0.7e0 as smallint) as insufficient, r.trigger_ids,
    case hard when 2 then 'C' when 3 then 'D' end as override_grade, ['A', 'B', 'C', 'D'][final + 1] as grade_model, cast(null as varchar) as grade_manual,
    ['A', 'B', 'C', 'D'][final + 1] as grade_final, ['A', 'B', 'C', 'D'][national + 1] as national_grade, ['A', 'B', 'C', 'D'][greatest(final, coalesce(national, final)) + 1] as grade_merged,
    w.percentile, :D as as_of, '{version.enterprise}' as model_version, '{content.enterprise}' as content_version
  from r left join placed w on w.score = r.score
) to ':grades_enterprise' (format parquet, compression zstd, row_group_size 122880);

create temp table raw_self_employed as
  with v as (
    select v.*, b.uscc, b.region_code from read_parquet(':values') v join base b on b.ent_id = v.ent_id
    where b.ent_category in ('4', '5')),
  p as (
    select ent_id, uscc, region_code,
    case when c_operating_years > 3 then null when v_operating_years is null then 50 when v_operating_years <= 0.5 then 60 when v_operating_years <= 1.0 then 50 when v_operating_years <= 3.0 then 35 when v_operating_years <= 5.0 then 20 when v_operating_years <= 10.0 then 10 else 5 end as p_operating_years,
    case when c_industry_risk_tier > 3 then null when v_industry_risk_tier is null then 30 when v_industry_risk_tier <= 0.0 then 5 when v_industry_risk_tier <= 1.0 then 20 when v_industry_risk_tier <= 2.0 then 40 when v_industry_risk_tier <= 3.0 then 65 else 90 end as p_industry_risk_tier,
    case when c_socially_sensitive_industry > 3 then null when v_socially_sensitive_industry is null then 0 when v_socially_sensitive_industry <= 0.0 then 0 else 80 end as p_socially_sensitive_industry,
    case when c_address_verify_level > 3 then null when v_address_verify_level is null then 20 when v_address_verify_level <= 0.0 then 0 when v_address_verify_level <= 1.0 then 15 when v_address_verify_level <= 2.0 then 45 else 80 end as p_address_verify_level,
    case when c_same_address_entity_count > 3 then null when v_same_address_entity_count is null then 0 when v_same_address_entity_count <= 3.0 then 0 when v_same_address_entity_count <= 10.0 then 20 when v_same_address_entity_count <= 30.0 then 45 when v_same_address_entity_count <= 100.0 then 70 else 90 end as p_same_address_entity_count,
    case when c_required_license_missing > 3 then null when v_required_license_missing is null then 0 when v_required_license_missing <= 0.0 then 0 when v_required_license_missing <= 1.0 then 70 else 95 end as p_required_license_missing,
    case when c_license_expired_count > 3 then null when v_license_expired_count is null then 0 when v_license_expired_count <= 0.0 then 0 when v_license_expired_count <= 1.0 then 60 else 85 end as p_license_expired_count,
    case when c_license_revoked_3y > 3 then null when v_license_revoked_3y is null then 0 when v_license_revoked_3y <= 0.0 then 0 when v_license_revoked_3y <= 1.0 then 75 else 100 end as p_license_revoked_3y,
    case when c_registration_state_abnormal > 3 then null when v_registration_state_abnormal is null then 0 when v_registration_state_abnormal <= 0.0 then 0 else 100 end as p_registration_state_abnormal,
    case when c_days_since_last_activity > 3 then null when v_days_since_last_activity is null then 40 when v_days_since_last_activity <= 180.0 then 0 when v_days_since_last_activity <= 365.0 then 15 when v_days_since_last_activity <= 730.0 then 40 when v_days_since_last_activity <= 1095.0 then 60 else 80 end as p_days_since_last_activity,
    case when c_annual_report_missed_3y > 3 then null when v_annual_report_missed_3y is null then 20 when v_annual_report_missed_3y <= 0.0 then 0 when v_annual_report_missed_3y <= 1.0 then 45 when v_annual_report_missed_3y <= 2.0 then 75 else 95 end as p_annual_report_missed_3y,
    case when c_tax_abnormal_household > 3 then null when v_tax_abnormal_household is null then 0 when v_tax_abnormal_household <= 0.0 then 0 else 90 end as p_tax_abnormal_household,
    case when c_penalty_count_3y > 3 then null when v_penalty_count_3y is null then 0 when v_penalty_count_3y <= 0.0 then 0 when v_penalty_count_3y <= 1.0 then 35 when v_penalty_count_3y <= 2.0 then 55 when v_penalty_count_3y <= 4.0 then 75 else 95 end as p_penalty_count_3y,
    case when c_severe_penalty_3y > 3 then null when v_severe_penalty_3y is null then 0 when v_severe_penalty_3y <= 0.0 then 0 when v_severe_penalty_3y <= 1.0 then 75 else 100 end as p_severe_penalty_3y,
    case when c_key_domain_penalty_3y > 3 then null when v_key_domain_penalty_3y is null then 0 when v_key_domain_penalty_3y <= 0.0 then 0 when v_key_domain_penalty_3y <= 1.0 then 55 when v_key_domain_penalty_3y <= 2.0 then 80 else 100 end as p_key_domain_penalty_3y,
    case when c_penalty_unperformed > 3 then null when v_penalty_unperformed is null then 0 when v_penalty_unperformed <= 0.0 then 0 when v_penalty_unperformed <= 1.0 then 60 else 90 end as p_penalty_unperformed,
    case when c_abnormal_list_current > 3 then null when v_abnormal_list_current is null then 0 when v_abnormal_list_current <= 0.0 then 0 when v_abnormal_list_current <= 1.0 then 60 when v_abnormal_list_current <= 2.0 then 65 when v_abnormal_list_current <= 3.0 then 85 else 90 end as p_abnormal_list_current,
    case when c_serious_list_current > 3 then null when v_serious_list_current is null then 0 when v_serious_list_current <= 0.0 then 0 else 100 end as p_serious_list_current,
    case when c_inspection_problem_rate_3y > 3 then null when v_inspection_problem_rate_3y is null then 15 when v_inspection_problem_rate_3y <= 0.0 then 0 when v_inspection_problem_rate_3y <= 0.2 then 30 when v_inspection_problem_rate_3y <= 0.5 then 60 else 85 end as p_inspection_problem_rate_3y,
    case when c_inspection_lost_contact_3y > 3 then null when v_inspection_lost_contact_3y is null then 0 when v_inspection_lost_contact_3y <= 0.0 then 0 when v_inspection_lost_contact_3y <= 1.0 then 65 else 90 end as p_inspection_lost_contact_3y,
    case when c_inspection_refused_3y > 3 then null when v_inspection_refused_3y is null then 0 when v_inspection_refused_3y <= 0.0 then 0 else 95 end as p_inspection_refused_3y,
    case when c_food_sampling_fail_2y > 3 then null when v_food_sampling_fail_2y is null then 0 when v_food_sampling_fail_2y <= 0.0 then 0 when v_food_sampling_fail_2y <= 1.0 then 50 when v_food_sampling_fail_2y <= 2.0 then 75 else 95 end as p_food_sampling_fail_2y,
    case when c_product_spotcheck_fail_2y > 3 then null when v_product_spotcheck_fail_2y is null then 0 when v_product_spotcheck_fail_2y <= 0.0 then 0 when v_product_spotcheck_fail_2y <= 1.0 then 45 when v_product_spotcheck_fail_2y <= 2.0 then 70 else 90 end as p_product_spotcheck_fail_2y,
    case when c_recall_accident_3y > 3 then null when v_recall_accident_3y is null then 0 when v_recall_accident_3y <= 0.0 then 0 when v_recall_accident_3y <= 1.0 then 70 else 100 end as p_recall_accident_3y,
    case when c_complaint_count_1y > 3 then null when v_complaint_count_1y is null then 10 when v_complaint_count_1y <= 1.2 then 0 when v_complaint_count_1y <= 2.0 then 10 when v_complaint_count_1y <= 3.0 then 25 when v_complaint_count_1y <= 6.0 then 45 when v_complaint_count_1y <= 15.0 then 70 else 90 end as p_complaint_count_1y,
    case when c_report_filed_2y > 3 then null when v_report_filed_2y is null then 0 when v_report_filed_2y <= 0.0 then 0 when v_report_filed_2y <= 1.0 then 50 when v_report_filed_2y <= 2.0 then 70 else 90 end as p_report_filed_2y,
    case when c_mediation_refusal_rate_1y > 3 then null when v_mediation_refusal_rate_1y is null then 0 when v_mediation_refusal_rate_1y <= 0.1 then 0 when v_mediation_refusal_rate_1y <= 0.3 then 25 when v_mediation_refusal_rate_1y <= 0.6 then 50 else 75 end as p_mediation_refusal_rate_1y,
    case when c_dishonest_executee_current > 3 then null when v_dishonest_executee_current is null then 0 when v_dishonest_executee_current <= 0.0 then 0 else 100 end as p_dishonest_executee_current,
    case when c_unrepaired_ratio > 3 then null when v_unrepaired_ratio is null then 0 when v_unrepaired_ratio <= 0.0 then 0 when v_unrepaired_ratio <= 0.5 then 25 else 50 end as p_unrepaired_ratio,
    case when c_online_license_not_shown > 3 then null when v_online_license_not_shown is null then 0 when v_online_license_not_shown <= 0.0 then 0 when v_online_license_not_shown <= 1.0 then 35 when v_online_license_not_shown <= 3.0 then 60 else 80 end as p_online_license_not_shown,
    case when c_negative_opinion_1y > 3 then null when v_negative_opinion_1y is null then 0 when v_negative_opinion_1y <= 0.0 then 0 when v_negative_opinion_1y <= 3.0 then 20 when v_negative_opinion_1y <= 10.0 then 45 when v_negative_opinion_1y <= 30.0 then 70 else 90 end as p_negative_opinion_1y,
    case when c_platform_rating > 3 then null when v_platform_rating is null then 10 when v_platform_rating <= 3.5 then 60 when v_platform_rating <= 4.0 then 40 when v_platform_rating <= 4.4 then 20 when v_platform_rating <= 4.7 then 5 else 0 end as p_platform_rating,
    case when c_platform_sanction_1y > 3 then null when v_platform_sanction_1y is null then 0 when v_platform_sanction_1y <= 0.0 then 0 when v_platform_sanction_1y <= 1.0 then 40 when v_platform_sanction_1y <= 3.0 then 65 else 85 end as p_platform_sanction_1y,
    greatest(0, case when v_socially_sensitive_industry >= 1.0 then 2 else 0 end, case when v_registration_state_abnormal >= 1.0 then 3 else 0 end, case when v_tax_abnormal_household >= 1.0 then 2 else 0 end, case when v_serious_list_current >= 1.0 then 3 else 0 end, case when v_inspection_refused_3y >= 1.0 then 2 else 0 end, case when v_recall_accident_3y >= 1.0 then 2 else 0 end, case when v_dishonest_executee_current >= 1.0 then 3 else 0 end) as hard,
    nullif(concat_ws(',', case when v_socially_sensitive_industry >= 1.0 then 'socially_sensitive_industry' end, case when v_registration_state_abnormal >= 1.0 then 'registration_state_abnormal' end, case when v_tax_abnormal_household >= 1.0 then 'tax_abnormal_household' end, case when v_serious_list_current >= 1.0 then 'serious_list_current' end, case when v_inspection_refused_3y >= 1.0 then 'inspection_refused_3y' end, case when v_recall_accident_3y >= 1.0 then 'recall_accident_3y' end, case when v_dishonest_executee_current >= 1.0 then 'dishonest_executee_current' end), '') as trigger_ids,
    1e12 - case when c_operating_years > 3 then {w.self_employed.operating_years}e0 else 0e0 end - case when c_industry_risk_tier > 3 then {w.self_employed.industry_risk_tier}e0 else 0e0 end - case when c_socially_sensitive_industry > 3 then {w.self_employed.socially_sensitive_industry}e0 else 0e0 end - case when c_address_verify_level > 3 then {w.self_employed.address_verify_level}e0 else 0e0 end - case when c_same_address_entity_count > 3 then {w.self_employed.same_address_entity_count}e0 else 0e0 end - case when c_required_license_missing > 3 then {w.self_employed.required_license_missing}e0 else 0e0 end - case when c_license_expired_count > 3 then {w.self_employed.license_expired_count}e0 else 0e0 end - case when c_license_revoked_3y > 3 then {w.self_employed.license_revoked_3y}e0 else 0e0 end - case when c_registration_state_abnormal > 3 then {w.self_employed.registration_state_abnormal}e0 else 0e0 end - case when c_days_since_last_activity > 3 then {w.self_employed.days_since_last_activity}e0 else 0e0 end - case when c_annual_report_missed_3y > 3 then {w.self_employed.annual_report_missed_3y}e0 else 0e0 end - case when c_tax_abnormal_household > 3 then {w.self_employed.tax_abnormal_household}e0 else 0e0 end - case when c_penalty_count_3y > 3 then {w.self_employed.penalty_count_3y}e0 else 0e0 end - case when c_severe_penalty_3y > 3 then {w.self_employed.severe_penalty_3y}e0 else 0e0 end - case when c_key_domain_penalty_3y > 3 then {w.self_employed.key_domain_penalty_3y}e0 else 0e0 end - case when c_penalty_unperformed > 3 then {w.self_employed.penalty_unperformed}e0 else 0e0 end - case when c_abnormal_list_current > 3 then {w.self_employed.abnormal_list_current}e0 else 0e0 end - case when c_serious_list_current > 3 then {w.self_employed.serious_list_current}e0 else 0e0 end - case when c_inspection_problem_rate_3y > 3 then {w.self_employed.inspection_problem_rate_3y}e0 else 0e0 end - case when c_inspection_lost_contact_3y > 3 then {w.self_employed.inspection_lost_contact_3y}e0 else 0e0 end - case when c_inspection_refused_3y > 3 then {w.self_employed.inspection_refused_3y}e0 else 0e0 end - case when c_food_sampling_fail_2y > 3 then {w.self_employed.food_sampling_fail_2y}e0 else 0e0 end - case when c_product_spotcheck_fail_2y > 3 then {w.self_employed.product_spotcheck_fail_2y}e0 else 0e0 end - case when c_recall_accident_3y > 3 then {w.self_employed.recall_accident_3y}e0 else 0e0 end - case when c_complaint_count_1y > 3 then {w.self_employed.complaint_count_1y}e0 else 0e0 end - case when c_report_filed_2y > 3 then {w.self_employed.report_filed_2y}e0 else 0e0 end - case when c_mediation_refusal_rate_1y > 3 then {w.self_employed.mediation_refusal_rate_1y}e0 else 0e0 end - case when c_dishonest_executee_current > 3 then {w.self_employed.dishonest_executee_current}e0 else 0e0 end - case when c_unrepaired_ratio > 3 then {w.self_employed.unrepaired_ratio}e0 else 0e0 end - case when c_online_license_not_shown > 3 then {w.self_employed.online_license_not_shown}e0 else 0e0 end - case when c_negative_opinion_1y > 3 then {w.self_employed.negative_opinion_1y}e0 else 0e0 end - case when c_platform_rating > 3 then {w.self_employed.platform_rating}e0 else 0e0 end - case when c_platform_sanction_1y > 3 then {w.self_employed.platform_sanction_1y}e0 else 0e0 end as used,
    1e12 - case when c_operating_years = 4 then {w.self_employed.operating_years}e0 else 0e0 end - case when c_industry_risk_tier = 4 then {w.self_employed.industry_risk_tier}e0 else 0e0 end - case when c_socially_sensitive_industry = 4 then {w.self_employed.socially_sensitive_industry}e0 else 0e0 end - case when c_address_verify_level = 4 then {w.self_employed.address_verify_level}e0 else 0e0 end - case when c_same_address_entity_count = 4 then {w.self_employed.same_address_entity_count}e0 else 0e0 end - case when c_required_license_missing = 4 then {w.self_employed.required_license_missing}e0 else 0e0 end - case when c_license_expired_count = 4 then {w.self_employed.license_expired_count}e0 else 0e0 end - case when c_license_revoked_3y = 4 then {w.self_employed.license_revoked_3y}e0 else 0e0 end - case when c_registration_state_abnormal = 4 then {w.self_employed.registration_state_abnormal}e0 else 0e0 end - case when c_days_since_last_activity = 4 then {w.self_employed.days_since_last_activity}e0 else 0e0 end - case when c_annual_report_missed_3y = 4 then {w.self_employed.annual_report_missed_3y}e0 else 0e0 end - case when c_tax_abnormal_household = 4 then {w.self_employed.tax_abnormal_household}e0 else 0e0 end - case when c_penalty_count_3y = 4 then {w.self_employed.penalty_count_3y}e0 else 0e0 end - case when c_severe_penalty_3y = 4 then {w.self_employed.severe_penalty_3y}e0 else 0e0 end - case when c_key_domain_penalty_3y = 4 then {w.self_employed.key_domain_penalty_3y}e0 else 0e0 end - case when c_penalty_unperformed = 4 then {w.self_employed.penalty_unperformed}e0 else 0e0 end - case when c_abnormal_list_current = 4 then {w.self_employed.abnormal_list_current}e0 else 0e0 end - case when c_serious_list_current = 4 then {w.self_employed.serious_list_current}e0 else 0e0 end - case when c_inspection_problem_rate_3y = 4 then {w.self_employed.inspection_problem_rate_3y}e0 else 0e0 end - case when c_inspection_lost_contact_3y = 4 then {w.self_employed.inspection_lost_contact_3y}e0 else 0e0 end - case when c_inspection_refused_3y = 4 then {w.self_employed.inspection_refused_3y}e0 else 0e0 end - case when c_food_sampling_fail_2y = 4 then {w.self_employed.food_sampling_fail_2y}e0 else 0e0 end - case when c_product_spotcheck_fail_2y = 4 then {w.self_employed.product_spotcheck_fail_2y}e0 else 0e0 end - case when c_recall_accident_3y = 4 then {w.self_employed.recall_accident_3y}e0 else 0e0 end - case when c_complaint_count_1y = 4 then {w.self_employed.complaint_count_1y}e0 else 0e0 end - case when c_report_filed_2y = 4 then {w.self_employed.report_filed_2y}e0 else 0e0 end - case when c_mediation_refusal_rate_1y = 4 then {w.self_employed.mediation_refusal_rate_1y}e0 else 0e0 end - case when c_dishonest_executee_current = 4 then {w.self_employed.dishonest_executee_current}e0 else 0e0 end - case when c_unrepaired_ratio = 4 then {w.self_employed.unrepaired_ratio}e0 else 0e0 end - case when c_online_license_not_shown = 4 then {w.self_employed.online_license_not_shown}e0 else 0e0 end - case when c_negative_opinion_1y = 4 then {w.self_employed.negative_opinion_1y}e0 else 0e0 end - case when c_platform_rating = 4 then {w.self_employed.platform_rating}e0 else 0e0 end - case when c_platform_sanction_1y = 4 then {w.self_employed.platform_sanction_1y}e0 else 0e0 end as applicable
    from v),
  s as (
    select *, floor((coalesce(p_operating_years, 0) * {w.self_employed.operating_years}e0 + coalesce(p_industry_risk_tier, 0) * {w.self_employed.industry_risk_tier}e0 + coalesce(p_socially_sensitive_industry, 0) * {w.self_employed.socially_sensitive_industry}e0 + coalesce(p_address_verify_level, 0) * {w.self_employed.address_verify_level}e0 + coalesce(p_same_address_entity_count, 0) * {w.self_employed.same_address_entity_count}e0 + coalesce(p_required_license_missing, 0) * {w.self_employed.required_license_missing}e0 + coalesce(p_license_expired_count, 0) * {w.self_employed.license_expired_count}e0 + coalesce(p_license_revoked_3y, 0) * {w.self_employed.license_revoked_3y}e0 + coalesce(p_registration_state_abnormal, 0) * {w.self_employed.registration_state_abnormal}e0 + coalesce(p_days_since_last_activity, 0) * {w.self_employed.days_since_last_activity}e0 + coalesce(p_annual_report_missed_3y, 0) * {w.self_employed.annual_report_missed_3y}e0 + coalesce(p_tax_abnormal_household, 0) * {w.self_employed.tax_abnormal_household}e0 + coalesce(p_penalty_count_3y, 0) * {w.self_employed.penalty_count_3y}e0 + coalesce(p_severe_penalty_3y, 0) * {w.self_employed.severe_penalty_3y}e0 + coalesce(p_key_domain_penalty_3y, 0) * {w.self_employed.key_domain_penalty_3y}e0 + coalesce(p_penalty_unperformed, 0) * {w.self_employed.penalty_unperformed}e0 + coalesce(p_abnormal_list_current, 0) * {w.self_employed.abnormal_list_current}e0 + coalesce(p_serious_list_current, 0) * {w.self_employed.serious_list_current}e0 + coalesce(p_inspection_problem_rate_3y, 0) * {w.self_employed.inspection_problem_rate_3y}e0 + coalesce(p_inspection_lost_contact_3y, 0) * {w.self_employed.inspection_lost_contact_3y}e0 + coalesce(p_inspection_refused_3y, 0) * {w.self_employed.inspection_refused_3y}e0 + coalesce(p_food_sampling_fail_2y, 0) * {w.self_employed.food_sampling_fail_2y}e0 + coalesce(p_product_spotcheck_fail_2y, 0) * {w.self_employed.product_spotcheck_fail_2y}e0 + coalesce(p_recall_accident_3y, 0) * {w.self_employed.recall_accident_3y}e0 + coalesce(p_complaint_count_1y, 0) * {w.self_employed.complaint_count_1y}e0 + coalesce(p_report_filed_2y, 0) * {w.self_employed.report_filed_2y}e0 + coalesce(p_mediation_refusal_rate_1y, 0) * {w.self_employed.mediation_refusal_rate_1y}e0 + coalesce(p_dishonest_executee_current, 0) * {w.self_employed.dishonest_executee_current}e0 + coalesce(p_unrepaired_ratio, 0) * {w.self_employed.unrepaired_ratio}e0 + coalesce(p_online_license_not_shown, 0) * {w.self_employed.online_license_not_shown}e0 + coalesce(p_negative_opinion_1y, 0) * {w.self_employed.negative_opinion_1y}e0 + coalesce(p_platform_rating, 0) * {w.self_employed.platform_rating}e0 + coalesce(p_platform_sanction_1y, 0) * {w.self_employed.platform_sanction_1y}e0) * 10 / nullif(used, 0) * 1e6 + 0.5e0) / 1e6 as score_raw from p),
  m as (select *, floor(least({knots.self_employed}, {top.self_employed}e0) * 1e6 + 1e-3) / 1e6 as model from s)
  select ent_id, uscc, region_code, p_operating_years, p_industry_risk_tier, p_socially_sensitive_industry, p_address_verify_level, p_same_address_entity_count, p_required_license_missing, p_license_expired_count, p_license_revoked_3y, p_registration_state_abnormal, p_days_since_last_activity, p_annual_report_missed_3y, p_tax_abnormal_household, p_penalty_count_3y, p_severe_penalty_3y, p_key_domain_penalty_3y, p_penalty_unperformed, p_abnormal_list_current, p_serious_list_current, p_inspection_problem_rate_3y, p_inspection_lost_contact_3y, p_inspection_refused_3y, p_food_sampling_fail_2y, p_product_spotcheck_fail_2y, p_recall_accident_3y, p_complaint_count_1y, p_report_filed_2y, p_mediation_refusal_rate_1y, p_dishonest_executee_current, p_unrepaired_ratio, p_online_license_not_shown, p_negative_opinion_1y, p_platform_rating, p_platform_sanction_1y, score_raw, hard, trigger_ids, coalesce(round9(used / nullif(applicable, 0)), 0) as coverage,
    greatest(model, case hard when 2 then 500e0 when 3 then 750e0 else 0e0 end) as score,
    greatest(case when model < 200 then 0 when model < 500 then 1 when model < 750 then 2 else 3 end, hard) as final
  from m;

copy (
  with counted as (select score, count(*)::double as n from raw_self_employed where score is not null group by score),
  placed as (select score, floor((sum(n) over (order by score) - n) / nullif(sum(n) over () - 1e0, 0e0) * 1e6 + 0.5e0) / 1e4 as percentile from counted),
  r as (select r.*, cast(null as integer) as national from raw_self_employed r )
  select r.ent_id, r.uscc, r.region_code, 'self_employed' as grading, cast(p_operating_years as tinyint) as p_operating_years, cast(null as tinyint) as p_enterprise_type_tier, cast(p_industry_risk_tier as tinyint) as p_industry_risk_tier, cast(p_socially_sensitive_industry as tinyint) as p_socially_sensitive_industry, cast(null as tinyint) as p_registered_capital_wan, cast(null as tinyint) as p_paid_in_ratio, cast(null as tinyint) as p_contribution_overdue_count, cast(null as tinyint) as p_capital_change_multiple, cast(p_address_verify_level as tinyint) as p_address_verify_level, cast(p_same_address_entity_count as tinyint) as p_same_address_entity_count, cast(null as tinyint) as p_address_change_count_2y, cast(null as tinyint) as p_legal_rep_age, cast(null as tinyint) as p_agent_registration_90d, cast(null as tinyint) as p_legal_rep_restricted, cast(null as tinyint) as p_key_personnel_change_1y, cast(p_required_license_missing as tinyint) as p_required_license_missing, cast(p_license_expired_count as tinyint) as p_license_expired_count, cast(null as tinyint) as p_license_expiring_90d, cast(p_license_revoked_3y as tinyint) as p_license_revoked_3y, cast(p_registration_state_abnormal as tinyint) as p_registration_state_abnormal, cast(null as tinyint) as p_change_count_1y, cast(null as tinyint) as p_legal_rep_change_2y, cast(null as tinyint) as p_cross_industry_scope_change_2y, cast(p_days_since_last_activity as tinyint) as p_days_since_last_activity, cast(p_annual_report_missed_3y as tinyint) as p_annual_report_missed_3y, cast(null as tinyint) as p_annual_report_all_zero_3y, cast(null as tinyint) as p_annual_report_revision_2y, cast(null as tinyint) as p_instant_disclosure_overdue_2y, cast(null as tinyint) as p_debt_asset_ratio, cast(null as tinyint) as p_revenue_growth, cast(null as tinyint) as p_net_profit_margin, cast(null as tinyint) as p_guarantee_to_equity, cast(null as tinyint) as p_insured_employees, cast(null as tinyint) as p_insured_drop_ratio, cast(null as tinyint) as p_tax_credit_level, cast(p_tax_abnormal_household as tinyint) as p_tax_abnormal_household, cast(null as tinyint) as p_tax_arrears_wan, cast(null as tinyint) as p_ip_holdings, cast(null as tinyint) as p_certificate_suspended_3y, cast(p_penalty_count_3y as tinyint) as p_penalty_count_3y, cast(null as tinyint) as p_penalty_amount_wan_3y, cast(p_severe_penalty_3y as tinyint) as p_severe_penalty_3y, cast(p_key_domain_penalty_3y as tinyint) as p_key_domain_penalty_3y, cast(p_penalty_unperformed as tinyint) as p_penalty_unperformed, cast(p_abnormal_list_current as tinyint) as p_abnormal_list_current, cast(null as tinyint) as p_abnormal_days_5y, cast(null as tinyint) as p_abnormal_relisting_3y, cast(p_serious_list_current as tinyint) as p_serious_list_current, cast(p_inspection_problem_rate_3y as tinyint) as p_inspection_problem_rate_3y, cast(p_inspection_lost_contact_3y as tinyint) as p_inspection_lost_contact_3y, cast(p_inspection_refused_3y as tinyint) as p_inspection_refused_3y, cast(p_food_sampling_fail_2y as tinyint) as p_food_sampling_fail_2y, cast(p_product_spotcheck_fail_2y as tinyint) as p_product_spotcheck_fail_2y, cast(p_recall_accident_3y as tinyint) as p_recall_accident_3y, cast(p_complaint_count_1y as tinyint) as p_complaint_count_1y, cast(p_report_filed_2y as tinyint) as p_report_filed_2y, cast(p_mediation_refusal_rate_1y as tinyint) as p_mediation_refusal_rate_1y, cast(null as tinyint) as p_complaint_surge_ratio, cast(p_dishonest_executee_current as tinyint) as p_dishonest_executee_current, cast(null as tinyint) as p_executed_amount_wan_3y, cast(null as tinyint) as p_equity_frozen_current, cast(null as tinyint) as p_defendant_cases_2y, cast(null as tinyint) as p_bankruptcy_liquidation, cast(null as tinyint) as p_commitment_breach_3y, cast(p_unrepaired_ratio as tinyint) as p_unrepaired_ratio, cast(null as tinyint) as p_legal_rep_entity_count, cast(null as tinyint) as p_legal_rep_bad_ratio, cast(null as tinyint) as p_legal_rep_cancelled_2y, cast(null as tinyint) as p_investee_high_risk_ratio, cast(null as tinyint) as p_shareholder_bad_count, cast(null as tinyint) as p_equity_pledge_ratio, cast(null as tinyint) as p_shared_contact_count, cast(null as tinyint) as p_co_address_bad_ratio, cast(null as tinyint) as p_cluster_risk_score, cast(null as tinyint) as p_cluster_new_90d, cast(p_online_license_not_shown as tinyint) as p_online_license_not_shown, cast(null as tinyint) as p_online_offline_mismatch, cast(p_negative_opinion_1y as tinyint) as p_negative_opinion_1y, cast(null as tinyint) as p_major_opinion_90d, cast(p_platform_rating as tinyint) as p_platform_rating, cast(p_platform_sanction_1y as tinyint) as p_platform_sanction_1y,
    r.score_raw, r.score, r.coverage, cast(r.coverage < 0.7e0 as smallint) as insufficient, r.trigger_ids,
    case hard when 2 then 'C' when 3 then 'D' end as override_grade, ['A', 'B', 'C', 'D'][final + 1] as grade_model, cast(null as varchar) as grade_manual,
    ['A', 'B', 'C', 'D'][final + 1] as grade_final, ['A', 'B', 'C', 'D'][national + 1] as national_grade, ['A', 'B', 'C', 'D'][final + 1] as grade_merged,
    w.percentile, :D as as_of, '{version.self_employed}' as model_version, '{content.self_employed}' as content_version
  from r left join placed w on w.score = r.score
) to ':grades_self_employed' (format parquet, compression zstd, row_group_size 122880);
