"""Writes jinja_cases.json beside this file: what Jinja (3.1, set up as transformers does) makes of small templates.

Run with Python and the package jinja2: python3 make_jinja_cases.py
"""
import os
import json, jinja2, datetime
from jinja2.sandbox import ImmutableSandboxedEnvironment
import jinja2.ext
def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)
env=ImmutableSandboxedEnvironment(trim_blocks=True,lstrip_blocks=True,extensions=["jinja2.ext.loopcontrols"])
env.filters["tojson"]=tojson
d=datetime.datetime(2024,7,26)
env.globals["strftime_now"]=lambda f: d.strftime(f)
def rex(m): raise jinja2.exceptions.TemplateError(m)
env.globals["raise_exception"]=rex
cases=r'''
{{ 7 // 2 }} {{ -7 // 2 }} {{ -7 % 3 }} {{ 7 / 2 }} {{ 2 ** 10 }} {{ 2 ** -1 }} {{ 1e20 }} {{ 1.5e-7 }} {{ 0.1 + 0.2 }} {{ 100000000000000000.0 }} {{ 3.0 }}
{{ 1 + 2 * 3 - 4 }} {{ (1, 2) + (3,) }} {{ [1] + [2] }} {{ [1, 2] * 2 }} {{ 'ab' * 3 }} {{ 'a' ~ 1 ~ none ~ true }} {{ 'x' 'y' "z" }}
{{ [1, 2, 'it\'s', "q\"", none, true, 1.5, {'a': (1,)}] }} {{ {} }} {{ () }} {{ 'a\nb\tc\\' | list }}
{{ "abcdef"[1:4] }} {{ "abcdef"[::-1] }} {{ "abcdef"[-2:] }} {{ [1,2,3,4][::2] }} {{ [1,2,3,4][3:0:-1] }} {{ "abc"[5:] }} {{ [1,2,3][-1] }} {{ "é😀x"[1] }} {{ "é😀x"|length }} {{ [1,2,3][:-1] }} {{ [1,2,3][-10:2] }} {{ [1,2,3][10::-1] }}
{{ 1 < 2 < 3 }} {{ 1 < 3 < 2 }} {{ 1 == 1.0 }} {{ true == 1 }} {{ 'a' in 'cat' }} {{ 2 not in [1, 3] }} {{ 'k' in {'k': 1} }} {{ [1,2] < [1,3] }} {{ not 1 == 2 }}
{{ 'yes' if 1 else 'no' }} {{ 'yes' if 0 }}|{{ 0 or 'x' }} {{ 1 and 'y' }} {{ none or false }} {{ '' or [] }}
{% for x in [1,2,3] %}{{ loop.index }}/{{ loop.length }}{{ '' if loop.last else ',' }}{{ loop.previtem is defined }}{{ loop.nextitem }}{{ loop.revindex0 }}{% endfor %}
{% for k, v in {'a': 1, 'b': 2}.items() %}{{ k }}={{ v }};{% else %}none{% endfor %}{% for x in [] %}x{% else %}none{% endfor %}
{% for x in range(10) if x % 2 %}{% if x == 7 %}{% break %}{% endif %}{% if x == 3 %}{% continue %}{% endif %}{{ x }}{{ loop.index }} {% endfor %}
{% set ns = namespace(a=1, b='x') %}{% for i in range(3) %}{% set ns.a = ns.a + i %}{% endfor %}{{ ns.a }}{{ ns.b }}{{ ns.c is defined }}
{% set x = 1 %}{% for i in [1] %}{% set x = 2 %}{{ x }}{% endfor %}{{ x }}{% if true %}{% set x = 3 %}{% endif %}{{ x }}
{% macro m(a, b=2, c='z') %}[{{ a }}{{ b }}{{ c }}]{% endmacro %}{{ m(1) }}{{ m(1, c=3) }}{{ m() }}{{ m(a='q', b=none) }}
{% macro outer() %}<{{ caller() }}>{% endmacro %}{% call outer() %}in{% endcall %}{% macro l(xs) %}{% for x in xs %}{{ caller(x) }}{% endfor %}{% endmacro %}{% call(y) l([1,2]) %}-{{ y }}{% endcall %}
{% set b %} text {{ 1 + 1 }} {% endset %}{{ b | trim }}|{% set c | upper | trim %} low {% endset %}{{ c }}|{% filter upper %}ab{{ 'c' }}{% endfilter %}
{% set a, b = 1, 'x' %}{{ a }}{{ b }}{% set t = 1, 2 %}{{ t }}{% with q = 5, r = 6 %}{{ q + r }}{% endwith %}{{ q is defined }}
{{ '  x y '.strip() }}|{{ 'xxaxx'.strip('x') }}|{{ 'a,b,,c'.split(',') }}|{{ ' a  b '.split() }}|{{ 'a b c d'.split(' ', 2) }}|{{ 'a b c'.rsplit(' ', 1) }}|{{ 'a  b c '.split(none, 1) }}
{{ 'hello world'.title() }} {{ "they're bill's".title() }} {{ "they're bill's x-ray"|title }} {{ 'hELLO'.capitalize() }} {{ 'abc'.upper() }} {{ 'hello'.find('l') }} {{ 'hello'.find('z') }} {{ 'aXbX'.replace('X', '-', 1) }} {{ 'abc'.startswith(('x', 'a')) }} {{ 'abc'.endswith('c') }} {{ 'a-b'.partition('-') }} {{ '42'.isdigit() }} {{ ','.join(['a', 'b']) }} {{ '7'.zfill(3) }} {{ 'a'.center(4) }}|{{ 'ab'.center(5) }}|{{ 'abc'.count('b') }} {{ 'x\ny\r\nz'.splitlines() }}
{{ {'a': 1, 'b': [1, 'é', none, true, 1.5, {'c': {}}], 'd': []} | tojson }} {{ {'a': 1, 'b': [1, 2], 'e': {}} | tojson(indent=2) }} {{ 'é"\\/\n\x01\x7f' | tojson }} {{ 'é😀' | tojson(ensure_ascii=true) }} {{ {'b': 1, 'a': 2} | tojson(sort_keys=true) }} {{ [1,2]|tojson(separators=(',', ':')) }}
{{ [3, 1, 2] | sort }} {{ ['b', 'A', 'c'] | sort }} {{ ['b', 'A'] | sort(case_sensitive=true) }} {{ [{'n': 2}, {'n': 1}] | sort(attribute='n') | map(attribute='n') | list }} {{ [1, 2, 1] | unique | list }} {{ [3,1] | min }} {{ [3,1] | max }} {{ [1,2,3] | sum }} {{ [3,1,2]|sort(reverse=true) }}
{{ [{'r': 'a', 'x': 1}, {'r': 'b', 'x': 2}] | selectattr('r', 'equalto', 'a') | list }} {{ [{'r': 'a'}, {'r': 'b'}] | rejectattr('r', '==', 'a') | map(attribute='r') | join(',') }} {{ [0, 1, 2] | select | list }} {{ [0, 1, 2, 3] | reject('odd') | list }} {{ ['a', 'b'] | map('upper') | join }} {{ [{'a': {'b': 1}}] | map(attribute='a.b') | list }} {{ [{'q':1},{}] | map(attribute='q', default='-') | list }} {{ [{'x': 1}, {}] | selectattr('x', 'defined') | list | length }}
{{ {'b': 1, 'A': 2} | dictsort }} {{ {'b': 1, 'a': 2} | dictsort(false, 'value') }} {{ {'a': 1} | items | list }} {{ {'a': 1}.get('b', 'd') }} {{ {'a': 1}.keys() | list }} {{ {'a': 1}.values() | list }} {{ {'a': {'b': 2}}.a.b }} {{ {'a': 1}['a'] }} {{ {'items': 5}['items'] }}
{{ 'x' | default('d') }} {{ nope | default('d') }} {{ '' | default('d', true) }} {{ nope | d }}|{{ none | default('x') }} {{ '42' | int }} {{ '4.7' | int }} {{ 'x' | int(9) }} {{ '1.5' | float }} {{ -3 | abs }} {{ 2.5 | round }} {{ 2.567 | round(2) }} {{ 2.1 | round(0, 'ceil') }} {{ 'ff' | int(0, 16) }}
{{ 'a\nb\n\nc' | indent }}|{{ 'a\nb\n\nc' | indent(2, true) }}|{{ 'a\n\nb' | indent('> ', blank=true) }}|{{ 'a\n' | indent }}|
{{ 'abc' | first }} {{ [1, 2] | last }} {{ [] | first }}|{{ 'abc' | reverse }} {{ [1,2] | reverse | list }} {{ [1,2,3,4,5] | batch(2) | list }} {{ [1,2,3]|batch(2, 0)|list }} {{ '<a&"b">' | e }} {{ 'a b c' | wordcount }} {{ 'aaa bbb ccc' | truncate(7, false, '...', 0) }} {{ '%s-%03d-%.2f' | format('a', 7, 1.5) }} {{ '%s %%' % 'x' }} {{ '%(a)s' % {'a': 3} }}
{{ 1 is defined }} {{ nope is undefined }} {{ none is none }} {{ 'a' is string }} {{ {} is mapping }} {{ [] is iterable }} {{ 'a' is iterable }} {{ 1 is iterable }} {{ 1 is number }} {{ true is number }} {{ true is boolean }} {{ 1 is integer }} {{ 1.0 is float }} {{ 3 is odd }} {{ 4 is divisibleby 2 }} {{ 1 is in [1, 2] }} {{ 1 is not none }} {{ 'a' is eq 'a' }} {{ 'A' is upper }} {{ 2 is gt 1 }} {{ [] is sequence }} {{ {} is sequence }} {{ true is true }} {{ 1 is sameas 1 }} {{ 'upper' is filter }} {{ range is callable }} {{ not nope is defined }}
a  {%- if true %}  b  {%- endif -%}   c {{- 'd' -}}  e {#- note -#}  f
{{ raise_exception('the reason') }}
{% raw %}{{ not }} {% this %}{% endraw %} {%- raw -%}  x {% endraw %}
{{ strftime_now('%d %b %Y|%B %-d %A %a %y %m %j %H:%M:%S %I %p %%|%e') }}
{{ range(3) | list }} {{ range(1, 4) | list }} {{ range(5, 0, -2) | list }} {{ dict(a=1, b=2) }} {{ dict({'x': 1}, y=2) }}
{{ nope.x }}
{{ none.x }}|{{ [].append is defined }}|{{ {}.x is defined }}
{{ [1].append(2) }}
{{ 1 + 'a' }}
{{ 'a' + 1 }}
{{ 'a' | nosuch }}
{{ 1 / 0 }}
{{ none | length }}
{% for x in none %}{% endfor %}
{% for x in nope %}x{% else %}empty{% endfor %}
{% set x.y = 1 %}
{{ [[1, 2], [3, 4]] | map('first') | list }} {{ [1, 2] | map('string') | join('-') }} {{ [['a', 1]] | map(attribute=0) | list }} {{ "a.b"|replace('.', '') }} {{ [{'g':1,'v':2},{'g':1,'v':3}]|groupby('g')|list|length }}
{{ {'a': 1,} }} {{ [1,] }} {{ (1) }} {{ (1,) }} {{ 1_000 }} {{ 0xff }} {{ -2 ** 2 }} {{ - 3 | abs }} {{ 2 * -3 }} {{ {'}}': '%}'} }} {{ [[]] }} {{ {'a': {'b': {}}} }}
{{ "\u00e9\x41\101\q" }} {{ 'a\
b' }}
{{ 'a' if false else 'b' if false else 'c' }} {{ ('x' if true) ~ 'y' }} {{ [1,2] == [1,2] }} {{ (1,2) == [1,2] }} {{ {'a':1} == {'a':1.0} }} {{ nope == nope2 }} {{ 'a' < 'b' }} {{ true + true }} {{ 5 is not divisibleby(2) }}
{{ '%5d|%-5d|%x' % (42, 42, 255) }} {{ 'x'.ljust(3, '.') }} {{ 'x'.rjust(3) }} {{ 'abcabc'.rfind('b') }} {{ 'prefix-x'.removeprefix('prefix-') }} {{ [1,2,2].count(2) }} {{ [1,2].index(2) }} {{ 'ß É'.lower() }}
{{ [1, 2, 3, 4] | list if true else 'ok' }} {{ loop is defined }} {{ 'a b'|upper|lower|title }} {{ 3 ~ 4 * 2 }} {{ 'x' in nope }} {{ not 'x' in 'xyz' }} {{ {'a': none}['a'] is none }} {{ 1 if nope else 2 }}
'''
import re
messages=[{"role":"system","content":"S"},{"role":"user","content":" U "},{"role":"assistant","content":"A"},{"role":"user","content":"V"}]
multi=["""{% for m in messages %}
  {% if m.role == 'user' %}
    {{ m['content'] | trim }}
  {%- else %}
  [{{ m.role }}]
  {% endif %}
{% endfor %}
{% if add_generation_prompt %}
assistant:
{% endif %}
""","""{% set system = messages[0]['content'] if messages[0].role == 'system' else '' %}
{# a comment #}
{% set rest = messages[1:] %}
   {#- another -#}
{%+ if rest %}x{% endif +%}

{{ system }}
  {{ rest | length }}
{% for m in rest | selectattr('role', 'in', ['user']) %}
{{ loop.index0 }}{{ m.content }}
{% endfor %}
""","""{{ bos_token }}{% for m in messages %}{% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Conversation roles must alternate ' + m['role']) }}{% endif %}{% endfor %}""",
"{{ 1 }}\n\n","a\r\nb\r{{ 'x' }}\n","{% generation %}{{ 'g' }}{% endgeneration %}",
"{% if a %}\n   {% elif true %}\n  yes\n   {% else %}\nno{% endif %}\n tail","  {% if true %}  \n x\n  {% endif %}  \n","{{ 'unclosed' ","{% if x %}","{% endfor %}","{{ 1 + }}","{{ 'a' 1 }}","{% foo %}","{{ (1 }}","{# never","{% raw %}x","{{ ? }}","{{ a..b }}","{% for x in %}{% endfor %}","{% set = 1 %}","{{ f(a=1, 2) }}","{% break %}",
]
out=[]
for src in cases.strip("\n").replace("'a\\\nb'","'a\\\x00b'").split("\n")+multi:
    src=src.replace("\x00","\n")
    if 'generation %}' in src: exp={"expected":"g"}
    else:
      try: exp={"expected":env.from_string(src).render(messages=messages,add_generation_prompt=True,bos_token="<s>",eos_token="</s>",tools=None,documents=None)}
      except Exception as e: exp={"error":str(e),"type":type(e).__name__}
    out.append({"template":src,**exp})
json.dump(out,open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "jinja_cases.json"),"w"),ensure_ascii=False,indent=0)
