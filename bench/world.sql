-- The rows of a synthetic province, one query per standard table. Firms are numbered i = 0 … in the order of ent_id, and
-- everything else is a hash of i, so the same size always gives the same rows.
--
-- Each query gives i, key, event_date, lag (days until known), known_to and the business columns it fills; `world.py`
-- adds the system columns. `u(n, s)` is a number in [0, 1) for number n and purpose s; `d0` is the day of the rating.

-- macro
u(n, s) as (hash(n * 1009 + s) >> 11) / 9007199254740992.0
-- macro
pick(n, s, m) as cast(floor(u(n, s) * m) as bigint)
-- macro
code(head, n) as head || cast(100000000 + n as varchar)
-- macro
token(kind, n) as md5(kind || cast(n as varchar))
-- macro
ent(n) as n * (1152921504606846976 // :firms) + cast(hash(n) % (1152921504606846976 // :firms) as bigint)
-- macro
forever() as date '9999-12-31'
-- macro
few(n, s, mean, heavy) as cast(floor(mean * (1 - heavy) * 2 * u(n, s)
  + case when u(n, s + 1) < heavy then least(mean * 0.2 * pow(u(n, s + 2), -0.9), 400) else 0 end + u(n, s + 3) * 0.999) as bigint)
-- macro
many(n, s, share, mean) as case when u(n, s) < share then cast(floor(least(mean * 0.55 * pow(u(n, s + 1), -0.5), 300) + u(n, s + 2)) as bigint) else 0 end
-- macro
ago(n, s, days) as cast(date '2026-11-10' - cast(floor(u(n, s) * days) as integer) as date)

-- table: place
-- addresses: place a (number) -> county and text; a county's share falls with its rank
select a, c.code as region_code, c.city || c.name_zh || '人民路' || cast(a % 997 as varchar) || '号' || cast(a as varchar) || '室' as addr
from (select range as a, cast(floor(pow(u(range, 11), 1.6) * (select count(*) from county)) as bigint) as k from range(cast(:firms * 1.02 as bigint))) p
join county c on c.k = p.k

-- table: firm
with n as (
  select range as i, ent(range) as ent_id,
    range % 5 = 4 as gone, u(range, 21) as t, u(range, 22) as s, u(range, 23) as lu, u(range, 24) as au, u(range, 25) as tu
  from range(:firms)),
b as (
  select i, ent_id, gone,
    case when i % 100 = 0 then case when i % 200 = 0 then '9100' else '9500' end when t < 0.45 then '1130' when t < 0.72 then '1151' when t < 0.80 then '1190' when t < 0.826 then '1153' when t < 0.84 then '1152'
      when t < 0.90 then '4540' when t < 0.935 then '2130' when t < 0.95 then '2151' when t < 0.96 then '2190' when t < 0.97 then '4533'
      when t < 0.978 then '4531' when t < 0.984 then '1229' when t < 0.988 then '3200' when t < 0.992 then '1110' else '5130' end as ent_type,
    case when s < 0.34 then 'F' when s < 0.47 then 'L' when s < 0.58 then 'E' when s < 0.66 then 'C' when s < 0.74 then 'M' when s < 0.80 then 'I'
      when s < 0.84 then 'A' when s < 0.875 then 'G' when s < 0.905 then 'K' when s < 0.935 then 'O' when s < 0.955 then 'R' when s < 0.977 then 'H'
      when s < 0.982 then 'J' when s < 0.99 then 'N' when s < 0.996 then 'P' else 'Q' end as sec,
    cast(least(-ln(1 - u(i, 26)) * 2400, 14000) as integer) as age,
    case when lu < 0.72 then i when lu < 0.95 then :firms + cast(floor(u(i, 27) * :firms * 0.09) as bigint)
      else 2 * :firms + cast(floor(pow(u(i, 27), 2) * :firms * 0.002) as bigint) end as person,
    case when au < 0.88 then i when au < 0.97 then cast(floor(u(i, 28) * :firms * 0.02) as bigint) + :firms
      else cast(floor(pow(u(i, 28), 2) * :firms * 0.0004) as bigint) end as a,
    case when tu < 0.90 then i when tu < 0.98 then :firms + cast(floor(u(i, 29) * :firms * 0.03) as bigint)
      else 2 * :firms + cast(floor(pow(u(i, 29), 2) * :firms * 0.0001) as bigint) end as phone,
    pow(u(i, 30), 3) as risk
  from n)
select b.i, b.ent_id, b.gone, b.ent_type, e.ent_category, e.org_form, b.risk, b.person, b.phone,
  cast(date '2026-10-31' - b.age as date) as est_date,
  case when b.gone then cast(date '2026-10-31' - cast(floor(b.age * u(b.i, 31)) as integer) as date) end as exit_date,
  case when b.gone and u(b.i, 32) < 0.96 then '4' when b.gone then '3' when u(b.i, 32) < 0.004 then '2' when u(b.i, 32) < 0.0045 then '5' else '1' end as reg_state,
  d.code as industry_code, b.sec, substr(d.code, 1, 2) as div, d.name_zh as trade, p.region_code, p.addr,
  '9141' || upper(substr(md5('U' || cast(b.i as varchar)), 1, 14)) as uscc,
  case when u(b.i, 33) < 0.62 then 'X' when u(b.i, 33) < 0.93 then 'S' when u(b.i, 33) < 0.99 then 'M' else 'L' end as size_class
from b
join ent_type e on e.code = b.ent_type
join (select sec, count(*) as n from industry group by sec) m on m.sec = b.sec
join industry d on d.sec = b.sec and d.k = cast(floor(pow(u(b.i, 34), 2) * m.n) as bigint)
join place p on p.a = b.a

-- table: ent_registration  source: S-REG
with v as (select f.*, unnest(case when u(i, 41) < 0.4 then [0, 1] else [1] end) as version, u(i, 41) < 0.4 as twice, cast(floor(u(i, 42) * greatest(date_diff('day', est_date, coalesce(exit_date, date '2026-10-31')), 0)) as integer) as later from firm f)
select i, code('41', i) as key, est_date as event_date,
  case when version = 1 and twice then later + 1 else 0 end as lag,
  case when version = 0 then cast(est_date + later + 1 as date) else forever() end as known_to,
  code('41', i) as pripid, case when u(i, 43) < 0.998 then uscc end as uscc, 1 as uscc_ok, code('4101', i) as regno,
  '河南' || substr(token('N', i), 1, 6) || substr(trade, 1, 4) || '有限公司' as ent_name, '河南' || substr(token('N', i), 1, 6) || substr(trade, 1, 4) || '有限公司' as name_norm,
  ent_type, ent_category, '王' || substr(token('L', person), 1, 3) as lr_name, case when u(i, 44) < 0.992 then token('P', person) end as lr_token,
  case when u(i, 44) < 0.992 then 1 end as lr_is_person, case when u(i, 44) < 0.992 then cast(date '2026-10-31' - 6600 - cast(floor(u(person, 45) * 19000) as integer) as date) end as lr_birth_date,
  cast(round(exp(5.3 + 1.6 * sqrt(-2 * ln(1 - u(i, 46))) * cos(6.283185 * u(i, 47))), 2) as decimal(18, 6)) as reg_cap_wan, 'CNY' as reg_cap_cur,
  case when version = 1 and twice then cast(est_date + later as date) else est_date end as appr_date, est_date, est_date as op_from,
  industry_code, sec as industry_sec, div as industry_div, 'DECLARED' as industry_basis, trade || '；货物进出口；技术服务' as op_scope,
  addr, addr as addr_norm, region_code, substr(region_code, 1, 4) || '00' as city_code, region_code as reg_org, region_code || '01' as local_adm,
  case when version = 0 then '1' else reg_state end as reg_state, cast(floor(pow(u(i, 48), 4) * 200) + 1 as integer) as emp_num,
  case when u(i, 49) < 0.99 then token('T', phone) end as tel_token, case when version = 1 then exit_date end as exit_date, size_class
from v

-- table: addr_std  source: S-GIS
select null as i, code('DZ', a) as key, ago(a, 52, 7000) as event_date, 0 as lag, forever() as known_to, addr as addr_norm, region_code,
  case when u(a, 51) < 0.66 then 0 when u(a, 51) < 0.83 then 1 when u(a, 51) < 0.95 then 2 else 3 end as verify_level,
  cast(a < :firms * 0.0004 and u(a, 53) < 0.3 as smallint) as is_cluster_reg, ago(a, 52, 7000) as filed_from
from place where u(a, 54) < 0.72

-- table: ent_investor  source: S-REG
with v as (select i, est_date, ent_type, person, gone, unnest(range(case when org_form = 'LTD' and ent_type in ('1130', '1190', '5130') then 1 + cast(floor(pow(u(i, 61), 2) * 4) as bigint) else 1 end)) as j from firm),
w as (select i, est_date, ent_type, j, i * 8 + j as n, person, u(i * 8 + j, 62) as k, u(i * 8 + j, 63) < 0.09 as left_, cast(floor(u(i * 8 + j, 64) * greatest(date_diff('day', est_date, date '2026-10-31'), 1)) as integer) as later from v),
x as (select *, unnest(case when left_ then [0, 1] else [1] end) as version from w)
select i, code('I', n) as key, est_date as event_date, case when version = 1 and left_ then later else 0 end as lag,
  case when version = 0 then cast(est_date + later as date) else forever() end as known_to,
  code('41', i) as pripid, '李' || substr(token('L', n), 1, 3) as inv_name, case when k < 0.033 or ent_type = '1153' then 'ENTERPRISE' else 'PERSON' end as inv_kind,
  case when k < 0.033 or ent_type = '1153' then '9141' || upper(substr(md5('U' || cast(cast(floor(pow(u(n, 65), 1.5) * :firms) as bigint) as varchar)), 1, 14))
    when j = 0 then token('P', person) else token('P', case when u(n, 66) < 0.8 then n + 8 * :firms else cast(floor(u(n, 67) * :firms) as bigint) end) end as inv_token,
  cast(round(20 + 400 * pow(u(n, 68), 3), 2) as decimal(18, 6)) as sub_am_wan, cast(case when u(n, 69) < 0.45 then 0 else round((20 + 400 * pow(u(n, 68), 3)) * u(n, 70), 2) end as decimal(18, 6)) as paid_am_wan,
  cast(est_date + 365 + cast(floor(u(n, 71) * 7300) as integer) as date) as sub_due_date, cast(round(case when j = 0 then 0.5 + u(n, 72) * 0.5 else u(n, 72) * 0.4 end, 4) as decimal(9, 6)) as share_ratio,
  est_date as in_date, case when version = 1 and left_ then cast(est_date + later as date) end as out_date
from x

-- table: ent_member  source: S-REG
with v as (select i, est_date, person, unnest(range(1 + cast(floor(u(i, 81) * 0.9) as bigint))) as j from firm where org_form <> 'BRANCH')
select i, code('M', i * 8 + j) as key, est_date as event_date, 0 as lag, forever() as known_to, code('41', i) as pripid, '张' || cast(j as varchar) as person_name,
  token('P', case when j = 0 then person else i * 8 + j + 16 * :firms end) as person_token, case when j = 0 then '经理' else '监事' end as position, est_date as in_date
from v

-- table: ent_liaison  source: S-REG
with v as (select i, est_date, person, phone, unnest(case when u(i, 91) < 0.25 then [0, 1] else [0] end) as j from firm)
select i, code('L', i * 8 + j) as key, est_date as event_date, 0 as lag, forever() as known_to,
  token('P', case when j = 0 and u(i, 92) < 0.9 then person else 40 * :firms + cast(floor(pow(u(i * 8 + j, 93), 2) * :firms * 0.05) as bigint) end) as person_token, '赵' || cast(j as varchar) as person_name,
  case when j = 0 then 'LIAISON' else 'AGENT' end as role, token('T', phone) as tel_token, est_date as handled_date
from v

-- table: ent_change  source: S-REG
with v as (select i, est_date, sec, unnest(range(few(i, 101, 0.45 + risk, 0.05))) as j from firm),
w as (select i, j, sec, i * 512 + j as n, greatest(ago(i * 512 + j, 105, 1500), est_date) as day, u(i * 512 + j, 106) as k, u(i * 512 + j, 107) as x from v)
select i, code('G', n) as key, day as event_date, 0 as lag, forever() as known_to,
  case when k < 0.19 then 'OP_SCOPE' when k < 0.37 then 'DOM' when k < 0.52 then 'LE_REP' when k < 0.66 then 'KEY_PERSON' when k < 0.78 then 'INVESTOR' when k < 0.90 then 'REG_CAP'
    when k < 0.95 then 'OP_PERIOD' else 'ENT_NAME' end as alt_item, day as alt_date, '变更前' as val_before, '变更后' as val_after,
  case when k >= 0.78 and k < 0.90 then cast(100 + cast(x * 900 as integer) as decimal(18, 6)) end as num_before,
  case when k >= 0.78 and k < 0.90 then cast(round((100 + cast(x * 900 as integer)) * (0.3 + 3 * pow(u(n, 108), 3)), 2) as decimal(18, 6)) end as num_after,
  case when k < 0.19 then sec end as sec_before, case when k < 0.19 then case when x < 0.3 then 'F' else sec end end as sec_after
from w

-- table: ent_closure  source: S-REG
select i, code('X', i) as key, greatest(ago(i, 112, 1800), est_date) as event_date, 0 as lag, forever() as known_to, greatest(ago(i, 112, 1800), est_date) as closed_from,
  cast(greatest(ago(i, 112, 1800), est_date) + 365 as date) as closed_to
from firm where u(i, 111) < 0.02 and not gone

-- table: ent_annual_report  source: S-GSXT
with v as (select i, est_date, exit_date, risk, unnest(range(2021, 2026)) as y from firm where u(i, 120) < 0.85),
w as (select i, y, i * 8 + y - 2021 as n, make_date(y + 1, 1, 1) + cast(floor(u(i * 8 + y - 2021, 121) * 178) as integer) as day from v
  where year(est_date) <= y and (exit_date is null or year(exit_date) > y) and u(i * 8 + y - 2021, 122) > 0.03 + 0.5 * risk),
x as (select *, unnest(case when u(n, 123) < 0.06 then [1, 2] else [1] end) as version from w)
select i, code('N', n) || '|' || cast(version as varchar) as key, cast(day + (version - 1) * 20 as date) as event_date, 1 as lag, forever() as known_to,
  y as report_year, version as version_no, cast(day + (version - 1) * 20 as date) as reported_at, cast(u(n, 124) < 0.09 as smallint) as all_zero,
  cast(round(1000 * pow(u(n, 125), 2) + 5, 2) as decimal(18, 6)) as asset_wan, cast(round((1000 * pow(u(n, 125), 2) + 5) * u(n, 126) * 1.1, 2) as decimal(18, 6)) as liab_wan,
  cast(round((1000 * pow(u(n, 125), 2) + 5) * (1 - u(n, 126) * 1.1), 2) as decimal(18, 6)) as equity_wan, cast(round(1500 * pow(u(n, 127), 2), 2) as decimal(18, 6)) as revenue_wan,
  cast(round(1500 * pow(u(n, 127), 2) * (0.2 * u(n, 128) - 0.06), 2) as decimal(18, 6)) as net_profit_wan,
  cast(case when u(n, 129) < 0.9 then 0 else round(300 * u(n, 130), 2) end as decimal(18, 6)) as guarantee_wan, cast(floor(pow(u(n, 131), 3) * 60) as integer) as emp_num, cast(floor(pow(u(n, 132), 4) * 40) as integer) as insured_cnt, '1' as busst
from x

-- table: ent_instant_publish  source: S-GSXT
select i, 'S' || key as key, cast(event_date + cast(floor(u(n, 141) * 40) as integer) as date) as event_date, 1 as lag, forever() as known_to, item, key as ref_key,
  event_date as happened_date, cast(event_date + cast(floor(u(n, 141) * 40) as integer) as date) as publish_date
from (
  select i, src_row as n, source_key as key, event_date, case when alt_item = 'REG_CAP' then 'CONTRIBUTION' else 'EQUITY' end as item, ent_id from ent_change join firm using (ent_id) where alt_item in ('REG_CAP', 'INVESTOR')
  union all select i, src_row, lic_id, event_date, 'LICENSE', ent_id from ent_license join firm using (ent_id)
  union all select i, src_row, pen_dec_no, event_date, 'PENALTY', ent_id from ent_penalty join firm using (ent_id) where known_to > date '9000-01-01') e
where u(n, 142) < 0.82


-- table: ent_abnormal  source: S-GSXT
with v as (select i, est_date, risk, unnest(range(many(i, 151, 0.05 + risk * 0.25, 1.2))) as j from firm),
w as (select i, i * 512 + j as n, greatest(ago(i * 512 + j, 154, 2200), est_date) as day, u(i * 512 + j, 155) as k, u(i * 512 + j, 156) < 0.45 as over, 60 + cast(floor(u(i * 512 + j, 157) * 700) as integer) as days from v),
x as (select *, unnest(case when over then [0, 1] else [1] end) as version from w)
select i, code('Y', n) as key, day as event_date, case when over and version = 1 then days + 2 else 2 end as lag, case when version = 0 then cast(day + days + 2 as date) else forever() end as known_to,
  case when k < 0.62 then '1' when k < 0.64 then '2' when k < 0.65 then '3' else '4' end as reason_code, day as in_date, case when over and version = 1 then cast(day + days as date) end as out_date,
  case when over and version = 1 then case when u(n, 158) < 0.03 then 'REVOKED' else 'REMOVED' end end as out_kind, '县市场监督管理局' as dec_org
from x

-- table: ent_serious  source: S-CREDIT
select i, code('XY', i) as key, greatest(ago(i, 162, 1500), est_date) as event_date, 7 as lag, forever() as known_to, 'SAMR_SERIOUS' as list_code, '严重违法失信' as list_name,
  greatest(ago(i, 162, 1500), est_date) as in_date, case when u(i, 163) < 0.5 then cast(greatest(ago(i, 162, 1500), est_date) + 400 as date) end as out_date
from firm where u(i, 161) < 0.001 + risk * 0.02

-- table: ent_license  source: S-LIC
with v as (select i, est_date, addr, div, unnest(range(case when sec in ('C', 'E', 'F', 'G', 'H', 'L', 'Q') then many(i, 171, 0.42, 1.1) else many(i, 171, 0.12, 1) end)) as j from firm),
w as (select i, j, addr, i * 512 + j as n, greatest(ago(i * 512 + j, 174, 2500), est_date) as day, cast(floor(u(i * 512 + j, 175) * (select count(*) from lic_type)) as bigint) as k, u(i * 512 + j, 176) as x from v)
select i, code('XK', n) as key, day as event_date, 3 as lag, forever() as known_to, code('XK', n) as lic_id, t.lic_type, '许可证' as lic_name, w.addr as site_key, day as issue_date, day as valid_from,
  cast(day + 1825 as date) as valid_to, case when x < 0.83 then 'VALID' when x < 0.97 then 'CANCELLED' when x < 0.99 then 'EXPIRED' else 'REVOKED' end as state,
  case when x >= 0.83 then cast(day + 300 as date) end as state_date
from w join lic_type t on t.k = w.k

-- table: credit_commitment  source: S-LIC
select i, code('CN', i) as key, greatest(ago(i, 182, 1800), est_date) as event_date, 2 as lag, forever() as known_to, 'NOTICE' as kind, greatest(ago(i, 182, 1800), est_date) as made_date,
  cast(u(i, 183) < 0.04 as smallint) as breached, case when u(i, 183) < 0.04 then cast(greatest(ago(i, 182, 1800), est_date) + 90 as date) end as breach_date
from firm where u(i, 181) < 0.06

-- table: ent_penalty  source: S-PUN
with v as (select i, est_date, unnest(range(many(i, 191, 0.012 + risk * 0.16, 1.2))) as j from firm),
w as (select i, i * 512 + j as n, greatest(ago(i * 512 + j, 194, 1900), est_date) as day, u(i * 512 + j, 195) as k, u(i * 512 + j, 196) as x, u(i * 512 + j, 197) < 0.5 as done from v),
y as (select *, unnest(case when done then [0, 1] else [1] end) as version from w)
select i, code('CF', n) as key, day as event_date, case when done and version = 1 then 40 else 4 end as lag, case when done and version = 0 then cast(day + 40 as date) else forever() end as known_to,
  '豫市监处罚' || cast(n as varchar) || '号' as pen_dec_no, day as decide_date,
  case when k < 0.22 then 'FOOD' when k < 0.3 then 'DRUG' when k < 0.35 then 'SPECIAL_EQUIP' when k < 0.4 then 'KEY_PRODUCT' when k < 0.7 then 'REGISTRATION' else 'OTHER' end as domain,
  '01,02' as pen_types, cast(x < 0.06 as smallint) as is_severe, cast(round(20 * x ** 3, 4) as decimal(18, 6)) as fine_wan, cast(0 as decimal(18, 6)) as forfeit_wan,
  cast(day + 15 as date) as perform_due, case when done and version = 1 then cast(day + 30 as date) end as performed_date,
  case when done and version = 1 and u(n, 198) < 0.3 then cast(day + 200 as date) end as repair_date, case when u(n, 199) < 0.01 then cast(day + 100 as date) end as revoke_date,
  case when u(n, 199) < 0.01 then 'REVOKED' else 'VALID' end as state, '县市场监督管理局' as dept
from y

-- table: ent_inspection  source: S-DR
with v as (select i, est_date, risk, unnest(range(many(i, 201, 0.11, 1.1))) as j from firm),
w as (select i, i * 512 + j as n, risk, greatest(ago(i * 512 + j, 204, 1500), est_date) as day, u(i * 512 + j, 205) as k from v)
select i, code('SJ', n) as key, day as event_date, 2 as lag, forever() as known_to, code('SJ', n) as insp_no, day as check_date, case when u(n, 206) < 0.7 then 'RANDOM' else 'DAILY' end as insp_kind,
  cast(u(n, 206) < 0.7 as smallint) as is_random, cast(10 as decimal(18, 6)) as draw_weight, case when k < 0.05 + risk * 0.4 then '02, 03' when k < 0.1 + risk * 0.4 then '05' when k < 0.103 + risk * 0.4 then '06' else '01' end as result_code,
  cast(k < 0.103 + risk * 0.4 as smallint) as is_problem
from w

-- table: food_sampling  source: S-SAMP
with v as (select i, est_date, risk, unnest(range(many(i, 211, 0.16, 1.3))) as j from firm where sec in ('F', 'H', 'C') and u(i, 210) < 0.35)
select i, code('SP', i * 512 + j) as key, greatest(ago(i * 512 + j, 214, 1500), est_date) as event_date, 5 as lag, forever() as known_to, code('SP', i * 512 + j) as sample_no,
  greatest(ago(i * 512 + j, 214, 1500), est_date) as sample_date, greatest(ago(i * 512 + j, 214, 1500), est_date) as report_date, '饼干' as product,
  case when u(i * 512 + j, 215) < 0.02 + risk * 0.1 then 'FAIL' else 'PASS' end as result, case when u(i * 512 + j, 216) < 0.9 then 1 else 0 end as is_responsible
from v

-- table: product_spotcheck  source: S-QUAL
select i, code('ZJ', i) as key, greatest(ago(i, 222, 1500), est_date) as event_date, 5 as lag, forever() as known_to, code('ZJ', i) as sample_no, greatest(ago(i, 222, 1500), est_date) as sample_date,
  greatest(ago(i, 222, 1500), est_date) as report_date, '电线' as product, case when u(i, 223) < 0.12 then 'FAIL' else 'PASS' end as result, 1 as is_responsible
from firm where sec = 'C' and u(i, 221) < 0.15

-- table: quality_event  source: S-EQUIP
select i, code('SG', i) as key, greatest(ago(i, 232, 1500), est_date) as event_date, 5 as lag, forever() as known_to, code('SG', i) as event_no, 'EQUIP_ACCIDENT' as kind,
  greatest(ago(i, 232, 1500), est_date) as happened_date, 1 + cast(u(i, 233) * 3 as integer) as level, 1 as is_responsible
from firm where u(i, 231) < 0.0006

-- table: case_12315  source: S-12315
with v as (select i, est_date, unnest(range(case when u(i, 241) < 0.03 + risk * 0.2 then cast(floor(least(1.7 * pow(u(i, 242), -0.8), 600)) as bigint) else 0 end)) as j from firm),
w as (select i, i * 1024 + j as n, greatest(ago(i * 1024 + j, 244, 1650), est_date) as day, u(i * 1024 + j, 245) as k, u(i * 1024 + j, 246) as m from v)
select i, code('1', n) as key, day as event_date, 0 as lag, forever() as known_to, code('1', n) as case_no, case when k < 0.87 then 'COMPLAINT' when k < 0.94 then 'REPORT' else 'ENQUIRY' end as case_type,
  day as reg_date, case when u(n, 247) < 0.91 then day end as accept_date, '质量' as problem, case when u(n, 248) < 0.96 then 0 when u(n, 248) < 0.985 then 1 end as is_duplicate,
  case when k < 0.87 and m < 0.9 then case when m < 0.42 then 'SUCCESS' when m < 0.63 then 'FAILED' when m < 0.76 then 'WITHDRAWN' when m < 0.87 then 'REFUSED' else 'LOST' end end as mediation_result,
  case when k < 0.87 and m < 0.9 then cast(day + 15 as date) end as mediation_date, case when k >= 0.87 and k < 0.94 and m < 0.3 then code('LA', n) end as filed_case_no,
  case when k >= 0.87 and k < 0.94 and m < 0.3 then cast(day + 10 as date) end as filed_date, cast(0 as decimal(18, 2)) as recovered_yuan, '被诉人' || cast(i as varchar) as operator_name
from w

-- table: judicial_dishonest  source: S-COURT
with v as (select i, est_date, unnest(range(many(i, 251, 0.002 + risk * 0.08, 1.3))) as j from firm)
select i, code('豫执', i * 512 + j) as key, greatest(ago(i * 512 + j, 254, 2300), est_date) as event_date, 8 as lag, forever() as known_to, code('豫执', i * 512 + j) as case_no, '郑州市中级人民法院' as court,
  greatest(ago(i * 512 + j, 254, 2300), est_date) as publish_date, case when u(i * 512 + j, 255) < 0.35 then cast(greatest(ago(i * 512 + j, 254, 2300), est_date) + 500 as date) end as exit_date
from v

-- table: judicial_exec  source: S-COURT
with v as (select i, est_date, unnest(range(many(i, 261, 0.015 + risk * 0.15, 1.2))) as j from firm)
select i, code('豫执字', i * 512 + j) as key, greatest(ago(i * 512 + j, 264, 1700), est_date) as event_date, 8 as lag, forever() as known_to, code('豫执字', i * 512 + j) as case_no, '郑州市中级人民法院' as court,
  greatest(ago(i * 512 + j, 264, 1700), est_date) as file_date, case when u(i * 512 + j, 265) < 0.93 then cast(round(200 * pow(u(i * 512 + j, 266), 3), 4) as decimal(18, 6)) end as amount_wan
from v

-- table: judicial_freeze  source: S-GSXT
with v as (select i, est_date, unnest(range(many(i, 271, 0.01 + risk * 0.03, 1.3))) as j from firm)
select i, code('DJ', i * 512 + j) as key, greatest(ago(i * 512 + j, 274, 1500), est_date) as event_date, 1 as lag, forever() as known_to, code('DJ', i * 512 + j) as freeze_no,
  greatest(ago(i * 512 + j, 274, 1500), est_date) as froz_from, cast(greatest(ago(i * 512 + j, 274, 1500), est_date) + 1095 as date) as froz_to,
  case when u(i * 512 + j, 275) < 0.4 then cast(greatest(ago(i * 512 + j, 274, 1500), est_date) + 300 as date) end as end_date, cast(100 as decimal(18, 6)) as amount_wan, '李' as inv_name
from v

-- table: litigation  source: S-COURT
with v as (select i, est_date, unnest(range(many(i, 281, 0.1 + risk * 0.5, 1.3))) as j from firm),
w as (select i, i * 512 + j as n, greatest(ago(i * 512 + j, 284, 1650), est_date) as day, u(i * 512 + j, 285) as k from v)
select i, code('豫民', n) as key, day as event_date, 8 as lag, forever() as known_to, code('豫民', n - n % 2) as case_no, day as filed_date, '买卖合同纠纷' as cause,
  case when k < 0.69 then 'DEFENDANT' else 'PLAINTIFF' end as role, case when u(n, 286) < 0.91 then 1 else 2 end as instance, cast(round(100 * pow(u(n, 287), 2), 4) as decimal(18, 6)) as amount_wan
from w

-- table: bankruptcy  source: S-REG
select i, code('Q', i) as key, greatest(ago(i, 292, 1800), est_date) as event_date, 1 as lag, forever() as known_to, code('Q', i) as case_no, case when u(i, 293) < 0.95 then 'VOLUNTARY_FILING' else 'BANKRUPTCY' end as kind,
  greatest(ago(i, 292, 1800), est_date) as accept_date, case when u(i, 294) < 0.3 then cast(greatest(ago(i, 292, 1800), est_date) + 200 as date) end as close_date
from firm where u(i, 291) < 0.06

-- table: ent_tax_status  source: S-TAX
with v as (select i, uscc, est_date, risk, exit_date, unnest(case when u(i, 301) < 0.33 then [date '2023-04-30', date '2024-04-30', date '2025-04-30', date '2026-04-30'] when u(i, 301) < 0.34 then [date '2026-06-30', date '2026-07-31', date '2026-08-31', date '2026-09-30'] else [] end) as day, u(i, 301) as kind from firm)
select i, uscc || '|' || strftime(day, '%Y%m') as key, day as event_date, 25 as lag, forever() as known_to, day as as_of_date,
  case when kind < 0.33 then case cast(floor(u(i, 302) * 8 + risk * 4) as integer) when 0 then 'A' when 9 then 'C' when 10 then 'D' when 11 then 'D' when 7 then 'M' else 'B' end end as credit_level,
  case when kind < 0.33 then case cast(floor(u(i, 302) * 8 + risk * 4) as integer) when 0 then 0 when 9 then 3 when 10 then 4 when 11 then 4 when 7 then 2 else 1 end end as credit_level_num,
  cast(u(i, 303) < 0.01 + risk * 0.1 as smallint) as is_abnormal, cast(case when u(i, 304) < 0.96 then 0 else round(40 * pow(u(i, 305), 3), 4) end as decimal(18, 6)) as arrears_wan
from v where day >= est_date and (exit_date is null or exit_date > day)

-- table: ent_social  source: S-HRSS
with v as (select i, uscc, est_date, exit_date, cast(least(1 + 0.6 * pow(u(i, 312), -0.8), 5000) as integer) as staff, unnest(range(26)) as m from firm where u(i, 311) < 0.065 and org_form not in ('BRANCH', 'PARTNERSHIP')),
w as (select i, uscc, est_date, exit_date, staff, m, i * 32 + m as n, last_day(cast(date '2026-09-30' - m * interval 1 month as date)) as day from v)
select i, uscc || '|' || strftime(day, '%Y%m') as key, day as event_date, 25 as lag, forever() as known_to, day as month_date, greatest(1, cast(floor(staff * (0.85 + 0.3 * u(n, 313))) as integer)) as insured_cnt, 0 as arrears_months
from w where day >= est_date and (exit_date is null or exit_date > day) and u(n, 314) < 0.97

-- table: equity_pledge  source: S-PLEDGE
select i, code('GQZ', i) as key, greatest(ago(i, 322, 1800), est_date) as event_date, 8 as lag, forever() as known_to, code('GQZ', i) as reg_no, '李' as pledgor, cast(100 as decimal(18, 6)) as amount_wan,
  cast(round(u(i, 323), 4) as decimal(9, 6)) as pledge_ratio, greatest(ago(i, 322, 1800), est_date) as reg_date, case when u(i, 324) < 0.3 then cast(greatest(ago(i, 322, 1800), est_date) + 300 as date) end as end_date
from firm where u(i, 321) < 0.013 and org_form = 'LTD'

-- table: ip_pledge  source: S-PLEDGE
select i, code('IPZ', i) as key, greatest(ago(i, 332, 1800), est_date) as event_date, 8 as lag, forever() as known_to, code('IPZ', i) as reg_no, greatest(ago(i, 332, 1800), est_date) as reg_date
from firm where u(i, 331) < 0.004

-- table: ent_ip  source: S-IP
with v as (select i, est_date, unnest(range(many(i, 341, 0.12, 1.5))) as j from firm)
select i, code('ZL', i * 512 + j) as key, greatest(ago(i * 512 + j, 344, 2500), est_date) as event_date, 10 as lag, forever() as known_to, code('ZL', i * 512 + j) as ip_no, 'PATENT' as ip_kind,
  greatest(ago(i * 512 + j, 344, 2500), est_date) as grant_date, cast(greatest(ago(i * 512 + j, 344, 2500), est_date) + 3650 as date) as end_date
from v

-- table: ent_cert  source: S-CERT
with v as (select i, est_date, unnest(range(many(i, 351, 0.1, 1.2))) as j from firm)
select i, code('RZ', i * 512 + j) as key, greatest(ago(i * 512 + j, 354, 2500), est_date) as event_date, 10 as lag, forever() as known_to, code('RZ', i * 512 + j) as cert_no, '管理体系认证' as cert_kind,
  case when u(i * 512 + j, 355) < 0.92 then 'VALID' when u(i * 512 + j, 355) < 0.96 then 'SUSPENDED' else 'WITHDRAWN' end as status, greatest(ago(i * 512 + j, 354, 2500), est_date) as status_date
from v

-- table: online_shop  source: S-PLAT
with v as (select i, est_date, unnest(range(many(i, 361, 0.04, 1.1))) as s from firm where not gone),
w as (select i, i * 512 + s as shop, unnest(range(4)) as c from v), x as (select i, shop, shop * 8 + c as n, ago(shop * 8 + c, 364, 360) as day from w)
select i, code('W', shop) || '|' || cast(n as varchar) as key, day as event_date, 3 as lag, forever() as known_to, 'MEITUAN' as platform, 'MEITUAN:' || cast(shop as varchar) as shop_id, '店' as shop_name, day as check_date,
  case when u(n, 365) < 0.9 then 'OPEN' when u(n, 365) < 0.96 then 'REST' else 'OFFLINE' end as shop_status, cast(u(n, 366) < 0.94 as smallint) as licence_shown, cast(u(n, 367) < 0.96 as smallint) as info_match,
  cast(round(5 - 2 * pow(u(n, 368), 2), 2) as decimal(3, 2)) as rating, cast(floor(400 * pow(u(n, 369), 2)) as integer) as rating_cnt
from x

-- table: platform_action  source: S-PLAT
select i, code('PT', i) as key, greatest(ago(i, 372, 900), est_date) as event_date, 3 as lag, forever() as known_to, 'MEITUAN' as platform, 'MEITUAN:' || cast(i * 512 as varchar) as shop_id, code('PT', i) as action_id,
  greatest(ago(i, 372, 900), est_date) as action_date, '下架' as kind
from firm where u(i, 371) < 0.012

-- table: opinion  source: S-WEB
with v as (select i, est_date, unnest(range(many(i, 381, 0.018, 1.2))) as j from firm)
select i, code('YQ', i * 512 + j) as key, greatest(ago(i * 512 + j, 384, 800), est_date) as event_date, 1 as lag, forever() as known_to, code('YQ', i * 512 + j) as doc_id, greatest(ago(i * 512 + j, 384, 800), est_date) as pub_date,
  '大河网' as media, '某企业消息' as title, case when u(i * 512 + j, 385) < 0.5 then 'NEG' else 'NEU' end as sentiment, 1 + cast(floor(pow(u(i * 512 + j, 386), 3) * 3) as integer) as severity,
  case when u(i * 512 + j, 387) < 0.7 then cast(greatest(ago(i * 512 + j, 384, 800), est_date) + 5 as date) end as verified_date, cast(u(i * 512 + j, 388) < 0.8 as smallint) as is_event_head
from v

-- table: national_grade  source: S-13
select i, uscc || '|202609' as key, date '2026-09-30' as event_date, 5 as lag, forever() as known_to, case when u(i, 391) < 0.5 then 'A' when u(i, 391) < 0.85 then 'B' when u(i, 391) < 0.95 then 'C' else 'D' end as grade,
  date '2026-09-30' as grade_month
from firm where not gone and u(i, 392) < 0.5
