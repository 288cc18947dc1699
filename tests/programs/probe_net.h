/* SPDX-License-Identifier: Apache-2.0 */
/* The probe's commands for the network. */
#ifndef COLDINIT_TESTS_PROBE_NET_H
#define COLDINIT_TESTS_PROBE_NET_H

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define ANSWER_S 5

static int run_hostname(const char *name, char **args)
{
	char host[256] = "", domain[256] = "";

	(void)args;
	gethostname(host, sizeof(host));
	printf("probe: %s: %s\n", name, host);
	if (!getdomainname(domain, sizeof(domain)))
		printf("probe: domainname: %s\n", domain);
	return 0;
}

static int link_mtu(const char *name)
{
	struct ifreq request = {0};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), err;

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	err = ioctl(fd, SIOCGIFMTU, &request);
	close(fd);
	return err ? -1 : request.ifr_mtu;
}

/* Print one line for each interface, and one for each address: "eth0: ADDRESS NETMASK". */
static int run_links(const char *name, char **args)
{
	struct ifaddrs *all;

	(void)args;
	if (getifaddrs(&all))
		return 1;
	for (struct ifaddrs *a = all; a; a = a->ifa_next) {
		char text[2][INET6_ADDRSTRLEN] = {"", ""};
		struct sockaddr *both[] = {a->ifa_addr, a->ifa_netmask};

		if (!a->ifa_addr || a->ifa_addr->sa_family == AF_PACKET) {
			printf("probe: %s: %s: mtu=%d%s%s\n", name, a->ifa_name,
			       link_mtu(a->ifa_name), a->ifa_flags & IFF_UP ? " up" : "",
			       a->ifa_flags & IFF_NOARP ? " noarp" : "");
			continue;
		}
		for (int i = 0; i < 2; i++)
			getnameinfo(both[i],
				    both[i]->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6)
								   : sizeof(struct sockaddr_in),
				    text[i], sizeof(text[i]), NULL, 0, NI_NUMERICHOST);
		printf("probe: %s: %s: %s %s\n", name, a->ifa_name, text[0], text[1]);
	}
	freeifaddrs(all);
	return 0;
}

/* fetch HOST PORT PATH: print a file of an HTTP server; HOST is a name or an address */
static int run_fetch(const char *name, char **args)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found;
	struct timeval limit = {.tv_sec = ANSWER_S};
	char line[4096];
	bool body = false;
	FILE *stream;
	int fd, err;

	err = getaddrinfo(args[0], args[1], &hints, &found);
	if (err) {
		printf("probe: %s: %s: %s\n", name, args[0], gai_strerror(err));
		return 1;
	}
	fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (connect(fd, found->ai_addr, found->ai_addrlen)) {
		printf("probe: %s: connect: %s\n", name, strerror(errno));
		return 1;
	}
	freeaddrinfo(found);
	dprintf(fd, "GET %s HTTP/1.0\r\nHost: %s\r\n\r\n", args[2], args[0]);
	stream = fdopen(fd, "r");
	while (stream && fgets(line, sizeof(line), stream)) {
		line[strcspn(line, "\r\n")] = '\0';
		if (body)
			printf("probe: %s: %s\n", name, line);
		body |= !*line;
	}
	if (stream)
		fclose(stream);
	return !body;
}

#endif
