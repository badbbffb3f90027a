/* The load of sim_virtual.c in ns-3: groups of 100 nodes with UDP over IPv4 on a channel of their own that
 * all of a group hear, 2 ms away, 1 % lost; voice of 50 packets/s, 101 octets each (61 of speech, RTP and
 * SRTP), in bursts of mean 4.69 s, a tenth of the time. There is no protocol above UDP.
 *
 *   ns3_ptt NODES SECONDS SETTLE: after SETTLE seconds, "deliveries events CPU_SECONDS BYTES_PER_NODE" */
#include <ns3/core-module.h>
#include <ns3/internet-module.h>
#include <ns3/network-module.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <unistd.h>

using namespace ns3;

namespace
{

const unsigned GROUP = 100;
const uint16_t PORT = 40000;
const uint32_t PACKET_BYTES = 101;
const double BURST_S = 4.69, PAUSE_S = 9 * BURST_S, EVERY_S = 0.02;

uint64_t n_deliveries, n_events, settled_deliveries, settled_events;
double settled_s;

double cpu_s()
{
    timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

double resident_bytes()
{
    unsigned long all = 0, resident = 0;
    FILE *f = fopen("/proc/self/statm", "r");

    if (f == nullptr || fscanf(f, "%lu %lu", &all, &resident) != 2) exit(1);
    fclose(f);
    return double(resident) * sysconf(_SC_PAGESIZE);
}

void receive(Ptr<Socket> socket)
{
    while (socket->Recv()) n_deliveries++;
}

void settle()
{
    settled_deliveries = n_deliveries;
    settled_events = Simulator::GetEventCount();
    settled_s = cpu_s();
}

/* One group, in which somebody talks now and then. */
struct Group {
    Ptr<Socket> sockets[GROUP];
    InetSocketAddress to{Ipv4Address("239.192.0.1"), PORT};
    Ptr<UniformRandomVariable> who = CreateObject<UniformRandomVariable>();
    Ptr<ExponentialRandomVariable> time = CreateObject<ExponentialRandomVariable>();
    unsigned talker = 0;
    Time until;

    void pause()
    {
        Simulator::Schedule(Seconds(time->GetValue(PAUSE_S, 0)), &Group::begin, this);
    }

    void begin()
    {
        talker = who->GetInteger(0, GROUP - 1);
        until = Simulator::Now() + Seconds(time->GetValue(BURST_S, 0));
        talk();
    }

    void talk()
    {
        if (Simulator::Now() >= until) {
            pause();
            return;
        }
        sockets[talker]->SendTo(Create<Packet>(PACKET_BYTES), 0, to);
        Simulator::Schedule(Seconds(EVERY_S), &Group::talk, this);
    }
};

Ptr<SimpleNetDevice> add_device(Ptr<Node> node, Ptr<SimpleChannel> channel)
{
    Ptr<SimpleNetDevice> device = CreateObject<SimpleNetDevice>();
    Ptr<RateErrorModel> loss = CreateObject<RateErrorModel>();

    loss->SetUnit(RateErrorModel::ERROR_UNIT_PACKET);
    loss->SetRate(0.01);
    device->SetAddress(Mac48Address::Allocate());
    device->SetChannel(channel);
    device->SetReceiveErrorModel(loss);
    node->AddDevice(device);
    return device;
}

void add_group(Group &g, unsigned number)
{
    NodeContainer nodes(GROUP);
    Ipv4StaticRoutingHelper routing;
    Ipv4ListRoutingHelper list; /* delivers multicast to the node itself */
    InternetStackHelper stack;
    Ipv4AddressHelper addresses;
    NetDeviceContainer devices;
    Ptr<SimpleChannel> channel = CreateObject<SimpleChannel>();
    char network[20];

    channel->SetAttribute("Delay", TimeValue(MilliSeconds(2)));
    for (unsigned i = 0; i < GROUP; i++) devices.Add(add_device(nodes.Get(i), channel));
    list.Add(routing, 0);
    stack.SetRoutingHelper(list);
    stack.SetIpv6StackInstall(false);
    stack.Install(nodes);
    snprintf(network, sizeof network, "10.%u.%u.0", number / 256 % 256, number % 256);
    addresses.SetBase(network, "255.255.255.0");
    addresses.Assign(devices);
    for (unsigned i = 0; i < GROUP; i++) {
        routing.SetDefaultMulticastRoute(nodes.Get(i), devices.Get(i));
        g.sockets[i] = Socket::CreateSocket(nodes.Get(i), UdpSocketFactory::GetTypeId());
        g.sockets[i]->Bind(InetSocketAddress(Ipv4Address::GetAny(), PORT));
        g.sockets[i]->SetRecvCallback(MakeCallback(&receive));
    }
    g.pause();
}

} // namespace

int main(int argc, char **argv)
{
    if (argc != 4) return 2;
    const unsigned n_groups = unsigned(atoi(argv[1])) / GROUP;
    const double before = resident_bytes();
    Group *groups = new Group[n_groups];

    for (unsigned i = 0; i < n_groups; i++) add_group(groups[i], i);
    const double bytes = (resident_bytes() - before) / (double(n_groups) * GROUP);
    Simulator::Schedule(Seconds(atof(argv[3])), &settle);
    Simulator::Stop(Seconds(atof(argv[2])));
    Simulator::Run();
    n_events = Simulator::GetEventCount();
    printf("%llu %llu %.6f %.1f\n", (unsigned long long)(n_deliveries - settled_deliveries),
           (unsigned long long)(n_events - settled_events), cpu_s() - settled_s, bytes);
    fflush(stdout);
    _exit(0); /* taking ten thousand nodes down takes longer than the run */
}
