/* map_page.c: see map_page.h. The page holds the points as one array and draws them on a canvas. */
#include "map_page.h"
#include "report_chart.h"
#include "report_style.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void put_string(FILE *out, rn_string s) {
  json_t *json = cli_json_text(s.data, s.size);
  char *text = json_dumps(json, JSON_ENCODE_ANY | JSON_ENSURE_ASCII | JSON_ESCAPE_SLASH); /* "</script>" stays inside of its string */
  fputs(text ? text : "\"\"", out);
  free(text);
  json_decref(json);
}

static const char page_style[] =
    "main{max-width:none;padding:0;height:100vh;display:flex;flex-direction:column}\n"
    "header{display:flex;flex-wrap:wrap;gap:6px 20px;align-items:baseline;padding:14px 20px 10px;border-bottom:1px solid var(--line);"
    "background:var(--card)}\n"
    "h1{font-size:19px}header p{margin:0;font-size:13.5px;flex:1}\n"
    "input{font:inherit;font-size:14px;color:inherit;background:var(--bg);border:1px solid var(--line);border-radius:9px;padding:6px 12px;"
    "width:230px;outline-color:var(--c0)}\n"
    "#hits{font-size:12.5px;color:var(--soft);min-width:90px;font-variant-numeric:tabular-nums}\n"
    "#stage{position:relative;flex:1;min-height:0;overflow:hidden}canvas{position:absolute;inset:0;width:100%;height:100%;cursor:grab;"
    "touch-action:none}canvas.drag{cursor:grabbing}\n"
    "#key{position:absolute;left:16px;bottom:14px;display:flex;flex-wrap:wrap;gap:2px 12px;max-width:60%;font-size:12.5px;"
    "background:color-mix(in srgb,var(--card) 86%,transparent);border-radius:9px;padding:6px 10px}#key:empty{display:none}\n"
    "#key span{cursor:pointer;white-space:nowrap}#key span.off{opacity:.35}#key i{display:inline-block;width:9px;height:9px;border-radius:5px;"
    "margin-right:5px}\n"
    "#tools{position:absolute;right:16px;bottom:14px;display:flex;gap:6px}button{font:inherit;font-size:15px;line-height:1;width:32px;"
    "height:32px;color:inherit;background:var(--card);border:1px solid var(--line);border-radius:9px;cursor:pointer}\n"
    ".tip{font-size:13px}\n";

static const char page_script[] =
    "const $=s=>document.querySelector(s),canvas=$('canvas'),g=canvas.getContext('2d'),tip=$('.tip'),n=map.x.length;\n"
    "const dark=matchMedia('(prefers-color-scheme:dark)'),css=k=>getComputedStyle(document.documentElement).getPropertyValue(k).trim();\n"
    "const k=map.names.length,off=new Set();let ink,halo,colors;\n"
    "function theme(){ink=css('--ink');halo=css('--bg');const d=dark.matches;\n"
    "  colors=k?map.names.map((_,i)=>`hsl(${(i*(k>12?137.508:360/k)+215)%360} ${d?75:65}% ${(d?66:45)+(k>6&&i%2?9:0)}%)`):[css('--c0')]}\n"
    "let lo=[1/0,1/0],hi=[-1/0,-1/0];for(let i=0;i<n;i++){lo=[Math.min(lo[0],map.x[i]),Math.min(lo[1],map.y[i])];\n"
    "  hi=[Math.max(hi[0],map.x[i]),Math.max(hi[1],map.y[i])]}\n"
    "let W,H,scale,fit,cx,cy,query='',hover=-1,queued=false;\n"
    "const names=map.words?map.words.map(w=>w.toLowerCase()):null;\n"
    "const sx=i=>(map.x[i]-cx)*scale+W/2,sy=i=>H/2-(map.y[i]-cy)*scale;\n"
    "const label=i=>map.words?map.words[i]:'row '+(i+1),shown=i=>!k||!off.has(map.c[i]);\n"
    "function home(){fit=.92*Math.min(W/(hi[0]-lo[0]||1),H/(hi[1]-lo[1]||1));scale=fit;cx=(lo[0]+hi[0])/2;cy=(lo[1]+hi[1])/2;redraw()}\n"
    "function size(){const r=devicePixelRatio||1,first=W===undefined;W=canvas.clientWidth;H=canvas.clientHeight;canvas.width=W*r;\n"
    "  canvas.height=H*r;g.setTransform(r,0,0,r,0,0);first?home():redraw()}\n"
    "function redraw(){if(!queued){queued=true;requestAnimationFrame(draw)}}\n"
    "function draw(){queued=false;g.clearRect(0,0,W,H);const zoom=scale/fit,r=Math.min(6,Math.max(1.4,(n>4000?1.7:2.6)*Math.sqrt(zoom)));\n"
    "  const hits=[];\n"
    "  for(let i=0;i<n;i++){if(!shown(i))continue;const x=sx(i),y=sy(i),hit=query&&names&&names[i].includes(query);\n"
    "    if(hit)hits.push(i);if(x<-9||y<-9||x>W+9||y>H+9)continue;\n"
    "    g.globalAlpha=query?(hit?1:.16):.78;g.fillStyle=colors[k?map.c[i]:0];g.beginPath();g.arc(x,y,hit?r+1.5:r,0,7);g.fill()}\n"
    "  g.globalAlpha=1;g.font='12px system-ui,sans-serif';g.textBaseline='middle';g.lineJoin='round';g.lineWidth=3.5;\n"
    "  if(map.words){const cells=new Set(),order=query?hits.concat([...Array(n).keys()]):[...Array(n).keys()];let put=0;\n"
    "    for(const i of order){if(put>420)break;if(!shown(i))continue;const x=sx(i),y=sy(i);if(x<0||y<0||x>W||y>H)continue;\n"
    "      const w=Math.ceil((map.words[i].length*6.6+r+8)/26),a=Math.floor(x/26),b=Math.floor(y/15);let free=true;\n"
    "      for(let q=a;q<=a+w&&free;q++)free=!cells.has(q*9999+b);if(!free)continue;for(let q=a;q<=a+w;q++)cells.add(q*9999+b);put++;\n"
    "      const hit=query&&names[i].includes(query);g.globalAlpha=query&&!hit?.22:1;g.strokeStyle=halo;g.fillStyle=ink;\n"
    "      g.strokeText(map.words[i],x+r+3,y);g.fillText(map.words[i],x+r+3,y)}g.globalAlpha=1}\n"
    "  if(hover>=0){g.strokeStyle=ink;g.lineWidth=1.6;g.beginPath();g.arc(sx(hover),sy(hover),r+4,0,7);g.stroke()}\n"
    "  $('#hits').textContent=query?hits.length.toLocaleString()+' found':n.toLocaleString()+(map.words?' words':' points')}\n"
    "function zoomAt(x,y,f){const px=cx+(x-W/2)/scale,py=cy-(y-H/2)/scale;scale=Math.min(fit*400,Math.max(fit*.5,scale*f));\n"
    "  cx=px-(x-W/2)/scale;cy=py+(y-H/2)/scale;redraw()}\n"
    "canvas.addEventListener('wheel',e=>{e.preventDefault();zoomAt(e.offsetX,e.offsetY,Math.exp(-e.deltaY*.0016))},{passive:false});\n"
    "let drag=null;canvas.addEventListener('pointerdown',e=>{drag=[e.clientX,e.clientY];canvas.setPointerCapture(e.pointerId);\n"
    "  canvas.classList.add('drag')});\n"
    "canvas.addEventListener('pointerup',()=>{drag=null;canvas.classList.remove('drag')});\n"
    "canvas.addEventListener('dblclick',e=>zoomAt(e.offsetX,e.offsetY,2.5));\n"
    "canvas.addEventListener('pointermove',e=>{if(drag){cx-=(e.clientX-drag[0])/scale;cy+=(e.clientY-drag[1])/scale;\n"
    "    drag=[e.clientX,e.clientY];redraw();return}\n"
    "  let best=196,at=-1;for(let i=0;i<n;i++){if(!shown(i))continue;const d=(sx(i)-e.offsetX)**2+(sy(i)-e.offsetY)**2;if(d<best){best=d;at=i}}\n"
    "  if(at!==hover){hover=at;redraw()}\n"
    "  if(at<0){tip.style.opacity=0;return}tip.textContent=label(at)+(k?'  '+map.names[map.c[at]]:'');tip.style.opacity=1;\n"
    "  tip.style.left=Math.min(e.offsetX+14,W-tip.offsetWidth-8)+'px';tip.style.top=(e.offsetY+16)+'px'});\n"
    "canvas.addEventListener('pointerleave',()=>{hover=-1;tip.style.opacity=0;redraw()});\n"
    "const search=$('input');if(!map.words)search.hidden=true;search.addEventListener('input',()=>{query=search.value.trim().toLowerCase();\n"
    "  redraw()});\n"
    "search.addEventListener('keydown',e=>{if(e.key!=='Enter'||!query)return;let i=names.indexOf(query);\n"
    "  if(i<0)i=names.findIndex(w=>w.includes(query));if(i>=0){cx=map.x[i];cy=map.y[i];scale=Math.max(scale,fit*6);redraw()}});\n"
    "$('#in').onclick=()=>zoomAt(W/2,H/2,1.6);$('#out').onclick=()=>zoomAt(W/2,H/2,1/1.6);$('#home').onclick=home;\n"
    "function key(){$('#key').replaceChildren(...map.names.map((name,i)=>{const s=document.createElement('span'),d=document.createElement('i');\n"
    "  d.style.background=colors[i];s.append(d,name);s.classList.toggle('off',off.has(i));\n"
    "  s.onclick=()=>{off.has(i)?off.delete(i):off.add(i);key();redraw()};return s}))}\n"
    "dark.addEventListener('change',()=>{theme();key();redraw()});theme();key();new ResizeObserver(size).observe(canvas);\n";

static void put_numbers(FILE *out, const char *name, const map_points *m, int axis) {
  fprintf(out, "%s:[", name);
  for (int64_t i = 0; i < m->n; i++) fprintf(out, "%s%.4g", i ? "," : "", (double)m->at[2 * i + axis]);
  fputc(']', out);
}

static void put_strings(FILE *out, const char *name, const rn_string *s, int64_t n) {
  fprintf(out, ",%s:", name);
  if (!s && strcmp(name, "words") == 0) {
    fputs("null", out);
    return;
  }
  fputc('[', out);
  for (int64_t i = 0; i < n; i++) {
    if (i) fputc(',', out);
    put_string(out, s[i]);
  }
  fputc(']', out);
}

void map_write_html(FILE *out, const map_points *m) {
  report_page_begin(out, m->title);
  fprintf(out, "<style>\n%s</style>\n<header><h1>", page_style);
  html_put(out, m->title);
  fputs("</h1><p>", out);
  html_put(out, m->subtitle);
  fputs("</p><span id=hits></span><input type=search placeholder='Search, Enter to go there' aria-label=Search autocomplete=off></header>\n"
        "<div id=stage><canvas></canvas><div class=tip></div><div id=key></div><div id=tools><button id=in title='nearer'>+</button>"
        "<button id=out title='farther'>&minus;</button><button id=home title='everything'>&#8962;</button></div></div>\n<script>\nconst map={",
        out);
  put_numbers(out, "x", m, 0);
  fputc(',', out);
  put_numbers(out, "y", m, 1);
  fputs(",c:[", out);
  for (int64_t i = 0; m->color && i < m->n; i++) fprintf(out, "%s%d", i ? "," : "", (int)m->color[i]);
  fputc(']', out);
  put_strings(out, "words", m->word, m->n);
  put_strings(out, "names", m->name, m->color ? m->n_colors : 0);
  fprintf(out, "};\n%s</script></main></body></html>\n", page_script);
}

/* ---- SVG ---- */

/* A hue for each of k colours, even around the circle. */
static double hue(int64_t i, int64_t k) { return fmod((double)i * (k > 12 ? 137.508 : 360.0 / (double)(k > 0 ? k : 1)) + 215, 360); }

void map_write_svg(FILE *out, const map_points *m) {
  enum { SIZE = 1200, MARGIN = 40 };
  float low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY};
  for (int64_t i = 0; i < 2 * m->n; i++) {
    low[i % 2] = fminf(low[i % 2], m->at[i]);
    high[i % 2] = fmaxf(high[i % 2], m->at[i]);
  }
  float side = fmaxf(high[0] - low[0], high[1] - low[1]), scale = side > 0 ? (SIZE - 2 * MARGIN) / side : 1;
  fprintf(out,
          "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 %d %d' font-family='system-ui,sans-serif' font-size='10'>\n"
          "<style>:root{color-scheme:light dark}rect{fill:#faf9f6}text{fill:#1c1c1e}@media(prefers-color-scheme:dark){rect{fill:#131416}"
          "text{fill:#ececee}}</style>\n<rect width='100%%' height='100%%'/>\n",
          SIZE, SIZE);
  for (int64_t i = 0; i < m->n; i++) {
    double x = SIZE / 2.0 + (double)(m->at[2 * i] - (low[0] + high[0]) / 2) * (double)scale;
    double y = SIZE / 2.0 - (double)(m->at[2 * i + 1] - (low[1] + high[1]) / 2) * (double)scale;
    fprintf(out, "<circle cx='%.1f' cy='%.1f' r='%s' fill='hsl(%.0f 60%% 52%%)' fill-opacity='.8'/>", x, y, m->n > 4000 ? "1.5" : "2.5",
            hue(m->color ? m->color[i] : 0, m->n_colors));
    if (m->word) {
      fprintf(out, "<text x='%.1f' y='%.1f'>", x + 4, y + 3);
      html_put_part(out, m->word[i].data, m->word[i].size);
      fputs("</text>", out);
    }
    fputc('\n', out);
  }
  fputs("</svg>\n", out);
}

void map_write_tsv(FILE *out, const map_points *m) {
  fprintf(out, "%s\tx\ty%s\n", m->word ? "word" : "row", m->color ? "\tlabel" : "");
  for (int64_t i = 0; i < m->n; i++) {
    if (m->word) fprintf(out, "%.*s", (int)m->word[i].size, m->word[i].data);
    else fprintf(out, "%lld", (long long)i + 1);
    fprintf(out, "\t%.6g\t%.6g", (double)m->at[2 * i], (double)m->at[2 * i + 1]);
    if (m->color) fprintf(out, "\t%.*s", (int)m->name[m->color[i]].size, m->name[m->color[i]].data);
    fputc('\n', out);
  }
}
