#!/usr/bin/env bash
# Rules of this project that no linter knows, each with its reason. No output is good output.
. "$(dirname "$0")/lib.sh"
failed=0
report() {   # report "why" "places": nothing when there are none
  [ -n "$2" ] || return 0
  say "$1"
  say "    ${2//$'\n'/$'\n    '}"
  failed=1
}
# Lines of comment don't count. Looks through .rs files, or what is named after the pattern.
places() {
  local pattern=$1
  shift
  [ $# -gt 0 ] || set -- src
  grep -rnE --include='*.rs' --include='*.sql' "$pattern" "$@" 2>/dev/null | grep -vE '^[^:]+:[0-9]+:\s*(//|--|\*)' || true
}

report "A bare <textarea> prints its content unescaped on the server: use ui::TextArea." \
  "$(places '<textarea\b' | grep -v '^src/ui/' || true)"
report "inner_html passes by escaping: only src/ui may, where each use is reviewed." \
  "$(places '\binner_html\b' | grep -v '^src/ui/' || true)"
report "A link made of data can be javascript:…: outside src/ui, href, src and action take a literal; all else is ui::Link with a SafeUrl." \
  "$(places '(^|[[:space:]<:])(href|src|srcset|action|formaction|poster|srcdoc)=[^"=>[:space:]]|\.(set_href|href|src|formaction|srcdoc)\(|(attr|set_attribute)\("(href|src|action|formaction|srcdoc)"' | grep -v '^src/ui/' || true)"
report "Letters of all the world's alphabets are 14 kB of tables in the browser: to_ascii_lowercase and its like." \
  "$(places '\b(to_lowercase|to_uppercase|is_alphanumeric|is_alphabetic|is_lowercase|is_uppercase)\(' src/*.rs src/ui src/*/pages src/*/page.rs src/*/model.rs)"
report "Server functions answer POST only: GET passes SameSite=Lax and thereby the cross-site check." \
  "$(places '\b(GetUrl|GetCbor)\b')"

existing() { local path; for path in "$@"; do [ ! -e "$path" ] || echo "$path"; done; }
mapfile -t sql < <(existing src migrations)
# perl: the words may stand on different lines; count(*) is fine
report "Name the columns: after a migration '*' fails on every open connection with \"cached plan must not change result type\"." \
  "$(find "${sql[@]}" -name '*.rs' -o -name '*.sql' | LC_ALL=C sort | xargs -d '\n' perl -0777 -ne '
    s{^[ \t]*(//|--).*$}{}mg;
    while (/\b(SELECT(\s+DISTINCT)?|RETURNING)\s+(\w+\.)?\*/gi) { my $n = 1 + (substr($_, 0, $-[0]) =~ tr/\n//); print "$ARGV:$n: $1 *\n" }')"

# Each #[server] function: who may is asked first, and no usize, which is 32 bits in the browser and 64 on the server.
report "A server function asks first who may: guard(…) or public_endpoint(…) in its first two statements; no usize in its types." \
  "$(find src -name '*.rs' | LC_ALL=C sort | xargs -d '\n' perl -0777 -ne '
    s{(?<!:)//[^\n]*}{}g;
    while (/#\[server\b/g) {
      my $from = pos; my $n = 1 + (substr($_, 0, $from) =~ tr/\n//);
      substr($_, $from) =~ /\bfn\s+(\w+)(.*?)\{(.*?)(?=#\[server\b|\z)/s or next;
      my ($name, $types, $body) = ($1, $2, $3);
      print "$ARGV:$n: $name: no guard\n" unless join(";", (split /;/, $body)[0, 1]) =~ /\b(guard|public_endpoint)\s*\(/;
      print "$ARGV:$n: $name: usize\n" if $types =~ /\b[ui]size\b/;
    }')"

version() { perl -0777 -ne 'print $1 if /name = "wasm-bindgen"\nversion = "([^"]+)"/' "$1"; }
cli=$(sed -n 's/^wasm-bindgen-cli-support = "=\([^"]*\)".*/\1/p' tools/wasm/Cargo.toml)
[ "$cli" = "$(version Cargo.lock)" ] ||
  report "wasm-bindgen writes a format of its own for each version: these must be equal." "Cargo.lock: $(version Cargo.lock)
tools/wasm/Cargo.toml: $cli"

# cargo-leptos reads Cargo.toml, the server Leptos.toml; what is in both must agree.
settings() {
  awk '/^\[/ { here = ($0 == "[package.metadata.leptos]") } here && /^[a-z0-9-]+ *= */ { sub(/ *#.*/, ""); sub(/ *= */, " = "); print }' "$1" | LC_ALL=C sort
}
report "Leptos.toml and [package.metadata.leptos] in Cargo.toml disagree." \
  "$(LC_ALL=C join -t= -j1 <(settings Cargo.toml) <(settings Leptos.toml) | awk -F= '$2 != $3 { print $1 "is" $2 " in Cargo.toml and" $3 " in Leptos.toml" }')"

exit $failed
