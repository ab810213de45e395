#!/usr/bin/env bash
# Puts freshly built programs in their place: BUILD/stage/visavis to BUILD/bin, and every plugins/NAME/plugin.json
# with BUILD/stage/NAME to BUILD/plugins/NAME, sealed with the program's checksum. Only what changed is touched, and
# always by rename, so that running processes keep the files they have.
set -euo pipefail
build=$1
stage=$build/stage

fresh=$(mktemp -d "$build/install.XXXXXX")
trap 'rm -rf "$fresh"' EXIT

mkdir -p "$build/bin" "$build/plugins"
if ! cmp -s "$stage/visavis" "$build/bin/visavis"; then
  cp "$stage/visavis" "$fresh/visavis"
  mv -f "$fresh/visavis" "$build/bin/visavis"
fi

for manifest in plugins/*/plugin.json; do
  [[ -e $manifest ]] || continue
  name=$(basename "$(dirname "$manifest")")
  installed=$build/plugins/$name
  if [[ -e $installed/plugin.json ]] &&
    cmp -s "$stage/$name" "$installed/$name" && cmp -s "$manifest" "$installed/.plugin.json.unsealed"; then
    continue
  fi
  mkdir -p "$fresh/$name" "$installed"
  cp "$stage/$name" "$fresh/$name/$name"
  cp "$manifest" "$fresh/$name/plugin.json"
  cp "$manifest" "$fresh/$name/.plugin.json.unsealed"
  "$build/bin/visavis" plugin seal "$fresh/$name" > /dev/null
  # The manifest comes last: until then a host that looks sees a checksum that does not match, and looks again.
  for file in "$name" .plugin.json.unsealed plugin.json; do
    mv -f "$fresh/$name/$file" "$installed/$file"
  done
done

# Plugins that were put here before and whose source is gone go too. Whatever else lies here is somebody's own.
for installed in "$build"/plugins/*/; do
  [[ -e plugins/$(basename "$installed") || ! -e $installed/.plugin.json.unsealed ]] || rm -rf "$installed"
done
