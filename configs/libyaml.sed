# SPDX-License-Identifier: Apache-2.0
# Make libyaml's sources smaller: spec/cdi/yaml_port.h replaces macros by functions, and what spec/cdi/yaml.c
# does not use is left out.

# The header comes behind all macros.
0,/^YAML_DECLARE/s//#include "spec\/cdi\/yaml_port.h"\n&/

# No file is read, so that no stdio is linked. The whole text is the parser's buffer (spec/cdi/yaml.c).
/^yaml_file_read_handler/,/^}/{
	s/fread(.*)/0/
	s/!ferror(.*)/0/
}
/BUFFER_INIT(parser, parser->/,+1d
/BUFFER_DEL(parser, parser->/d

# An error is a problem and its line. Its context and the stack of marks, which is only for the context,
# are not used.
/^    parser->context\(_mark\)\? = /d
/PUSH(parser, parser->marks, /,+1d
/(void)POP(parser, parser->marks);/d

# A tag is refused, so its handle is not replaced by the prefix of a directive.
s/if (!\*tag_handle) {/if (1) {/

# Lines that are repeated often
s/PUSH(parser, parser->states,/yaml_port_push_state(parser,/
s/\*(string\.pointer++) = \(.*\);/yaml_port_put(\&string, \1);/
