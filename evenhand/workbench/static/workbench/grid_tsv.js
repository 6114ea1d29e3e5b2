// Blocks as spreadsheets put them on the clipboard: tabs between cells, lines between rows.

export function toTsv(rows) {
  return rows.map((row) => row.map(quoted).join("\t")).join("\n");
}

function quoted(text) {
  return /["\t\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

// A field in quotes counts as quoted only where a tab, a line or the end follows: spreadsheets copy "A","B" as it is.
export function fromTsv(text) {
  const rows = [];
  let row = [];
  let at = 0;
  const source = text.replace(/\r\n?/g, "\n").replace(/\n$/, "");
  while (at <= source.length) {
    const whole = /^"((?:[^"]|"")*)"(?=\t|\n|$)/.exec(source.slice(at));
    let field;
    if (whole && (whole[1].includes('""') || /[\t\n]/.test(whole[1]))) {
      field = whole[1].replaceAll('""', '"');
      at += whole[0].length;
    } else {
      const end = source.slice(at).search(/[\t\n]/);
      field = end < 0 ? source.slice(at) : source.slice(at, at + end);
      at += field.length;
    }
    row.push(field);
    if (at >= source.length || source[at] === "\n") {
      rows.push(row);
      row = [];
    }
    at += 1;
  }
  return rows;
}
